// The commands of the processing module. Each is one question to the controller and its answer as
// the panel's document; no command decides anything, so any may be repeated.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "pmnextcloud/args.hpp"
#include "pmnextcloud/documents.hpp"
#include "pmnextcloud/environment.hpp"

namespace bn::pmnextcloud {

struct Answer {
    std::string document;
    int exit_code = 0;
};

class Module {
  public:
    using Input = std::function<tl::expected<std::string, Failure>()>;

    // `environment` must outlive this. `input` is asked at most once, and only by commands that
    // take a document.
    Module(const Environment& environment, Args args, Input input);

    // Always one document; exit code 0, or 1 with an error document.
    [[nodiscard]] Answer run() const;

  private:
    using Done = tl::expected<std::string, Failure>;  // the document
    struct Command;
    static std::span<const Command> commands();

    [[nodiscard]] Done features() const;
    [[nodiscard]] Done messages() const;
    [[nodiscard]] Done nothing() const;
    [[nodiscard]] Done converge() const;
    [[nodiscard]] Done statistics() const;
    [[nodiscard]] Done server_config() const;
    [[nodiscard]] Done import() const;
    // form_commands.cpp
    [[nodiscard]] Done check_connection() const;
    [[nodiscard]] Done tune_connection() const;
    [[nodiscard]] Done tune_tariff() const;

    [[nodiscard]] Language lang() const { return words::language_of(args_.text("lang")); }

    [[nodiscard]] tl::expected<std::uint32_t, Failure> required_id(const char* option) const;
    // Asks about the server that the option module names.
    [[nodiscard]] tl::expected<nlohmann::json, Failure> ask_of_server(
        protocol::Request request, Duration wait
    ) const;
    [[nodiscard]] tl::expected<pugi::xml_document, Failure> document() const;
    [[nodiscard]] Done wait_for_state(const nlohmann::json& answer) const;
    [[nodiscard]] Done probe_form(const pugi::xml_node& fields, std::uint32_t module) const;

    const Environment& environment_;
    Args args_;
    Input input_;
};

// The answer when something that nobody foresaw is thrown.
Answer internal_error(const std::string& what, Language lang);

}  // namespace bn::pmnextcloud
