#include "bm_writer/error_xml.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <ctime>
#include <ranges>
#include <sstream>

#include <fmt/chrono.h>

#include "base/text.hpp"

namespace bn::bm_writer {

namespace {

// The kernel takes at most 128 KiB for one argument. Each character may become six in XML, and the
// sum of all texts stays below a sixth of that.
constexpr std::size_t kLongestTerm = 128;
constexpr std::size_t kLongestText = 1024;
constexpr std::size_t kBudget = 18000;
constexpr std::size_t kMostParams = 64;

class Writer {
  public:
    std::string text(std::string_view bytes, std::size_t most) {
        most = std::min(most, left_);
        // Cut before it is cleaned (which may make three bytes of one), then once more.
        std::string clean = base::shortened(base::clean_utf8(bytes.substr(0, most)), most);
        left_ -= std::min(left_, clean.size());
        return clean;
    }

    void attribute(pugi::xml_node node, const char* name, std::string_view value) {
        node.append_attribute(name) = text(value, kLongestTerm).c_str();
    }

    void element_text(pugi::xml_node node, std::string_view value) {
        node.append_child(pugi::node_pcdata).set_value(text(value, kLongestText).c_str());
    }

  private:
    std::size_t left_ = kBudget;
};

}  // namespace

std::string error_xml(const OperationError& error) {
    pugi::xml_document document;
    Writer writer;
    pugi::xml_node module = document.append_child("doc").append_child("processingmodule");
    writer.attribute(module, "date", error.date);
    module.append_attribute("id") = error.module.value;
    writer.attribute(module, "name", error.module_name);

    pugi::xml_node node = module.append_child("error");
    writer.attribute(node, "date", error.date);
    writer.attribute(node, "type", error.type);
    writer.attribute(node, "object", error.object);
    writer.attribute(node, "value", error.value);
    for (const auto& [name, value] : error.params | std::views::take(kMostParams)) {
        pugi::xml_node child = node.append_child("param");
        writer.attribute(child, "name", name);
        writer.element_text(child, value);
    }
    for (const char* unused : {"backtrace", "log"}) {
        writer.element_text(node.append_child(unused), "");
    }
    pugi::xml_node message = module.append_child("custommessage");
    writer.attribute(message, "date", error.date);
    message.append_attribute("type") = "error";
    writer.element_text(message, error.message);
    std::ostringstream out;
    document.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
    return out.str();
}

std::string panel_date(Time at) {
    const std::time_t seconds =
        std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    std::tm tm{};
    if (::localtime_r(&seconds, &tm) == nullptr) {
        return {};
    }
    return fmt::format("{:%Y-%m-%d %H:%M:%S}", tm);
}

}  // namespace bn::bm_writer
