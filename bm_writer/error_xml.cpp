#include "bm_writer/error_xml.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <ctime>
#include <span>

#include <fmt/format.h>

#include "base/text.hpp"
#include "bm_writer/text.hpp"

namespace bn::bm_writer {

namespace {

// The kernel takes at most 128 KiB for one argument. Each character may become six in XML, and the
// sum of all texts stays below a sixth of that.
constexpr std::size_t kLongestTerm = 128;
constexpr std::size_t kLongestText = 1024;
constexpr std::size_t kLongestLog = 6144;
constexpr std::size_t kBudget = 18000;
constexpr std::size_t kMostParams = 64;
constexpr std::size_t kMostMessages = 32;

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

    void element_text(pugi::xml_node node, std::string_view value, std::size_t most) {
        node.append_child(pugi::node_pcdata).set_value(text(value, most).c_str());
    }

  private:
    std::size_t left_ = kBudget;
};

struct StringWriter : pugi::xml_writer {
    std::string text;

    void write(const void* data, std::size_t size) override {
        text.append(static_cast<const char*>(data), size);
    }
};

// The end of a log says most.
std::string_view tail(std::string_view log) {
    return log.size() > kLongestLog ? log.substr(log.size() - kLongestLog) : log;
}

template <class T>
std::span<const T> first_of(const std::vector<T>& list, std::size_t most) {
    return std::span<const T>(list).first(std::min(list.size(), most));
}

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
    for (const ErrorParam& param : first_of(error.params, kMostParams)) {
        pugi::xml_node child = node.append_child("param");
        writer.attribute(child, "name", param.name);
        if (param.is_message) {
            child.append_attribute("type") = "msg";
        }
        writer.element_text(child, param.value, kLongestText);
    }
    writer.element_text(node.append_child("backtrace"), error.backtrace, kLongestText);
    writer.element_text(node.append_child("log"), tail(error.log), kLongestLog);
    for (const CustomMessage& message : first_of(error.messages, kMostMessages)) {
        pugi::xml_node child = module.append_child("custommessage");
        writer.attribute(child, "date", message.date);
        child.append_attribute("type") = message.is_error ? "error" : "info";
        writer.element_text(child, message.text, kLongestText);
    }
    StringWriter out;
    document.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
    return out.text;
}

std::string panel_date(Time at) {
    const std::time_t seconds =
        std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    std::tm tm{};
    if (::localtime_r(&seconds, &tm) == nullptr) {
        return {};
    }
    return fmt::format(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        tm.tm_year + 1900,
        tm.tm_mon + 1,
        tm.tm_mday,
        tm.tm_hour,
        tm.tm_min,
        tm.tm_sec
    );
}

}  // namespace bn::bm_writer
