// What the panel gives to its module: 'x' and a document, 'a' and arguments in lines, 's' and the
// settings file.
#include <string>

#include "base/text.hpp"
#include "pmnextcloud/args.hpp"
#include "pmnextcloud/documents.hpp"
#include "pmnextcloud/settings.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace bn::fuzz::module_input_fuzz {
namespace {

using namespace bn::pmnextcloud;

void document(std::string_view bytes) {
    const auto parsed = parse_document(bytes);
    if (!parsed) {
        const Failure& fault = parsed.error();
        demand(
            !fault.type.empty() && !fault.params.at("what").empty(), "a refusal says why", bytes
        );
        for (const Language language : {Language::kEnglish, Language::kRussian}) {
            demand(
                parse_document(error_document(fault, language)).has_value(),
                "a refusal is a document",
                bytes
            );
        }
        return;
    }
    const std::string printed = print(*parsed);
    const auto again = parse_document(printed);
    demand(
        again.has_value() || printed.size() > kMaxDocument, "what is printed is a document", printed
    );
    demand(!again || print(*again) == printed, "what is printed is read as it was", printed);
    demand(
        base::is_xml_text(child_text(parsed->document_element(), "name")), "a field is clean", bytes
    );
}

// Whatever a text holds, it comes out of a document as it went in, made fit.
void texts(std::string_view text) {
    const Failure fault =
        failure("document_bad", std::string(text), std::string(text), std::string(text));
    demand(
        parse_document(error_document(fault, Language::kEnglish)).has_value() ||
            text.size() > kMaxDocument / 8,
        "an error is a document whatever it repeats",
        text
    );
    pugi::xml_document made;
    add_text(made.append_child("doc"), "name", text);
    const auto read = parse_document(print(made));
    demand(read.has_value(), "a text fits a document", text);
}

void arguments(Input input) {
    std::vector<std::string_view> words;
    while (!input.empty()) {
        words.push_back(input.line());
    }
    const Args args = Args::parse(words);
    for (const char* name : {"item", "module", "command", "param"}) {
        const auto id = args.id(name);
        demand(!id || *id > 0, "an id is positive", args.text(name));
        demand(
            !id || parse_id(args.text(name)) == id, "an id is what stands there", args.text(name)
        );
        demand(args.find(name) != nullptr || args.text(name).empty(), "a text was given", name);
    }
}

void settings(std::string_view text) {
    const Settings read = parse_settings(text);
    demand(!read.itemtypes.empty(), "there is a type of product", text);
    demand(read.socket.starts_with('/') && read.socket.size() <= 107, "a socket", read.socket);
    for (const Duration wait :
         {read.wait, read.probe_wait, read.stat_wait, read.page_wait, read.grace}) {
        demand(
            wait >= Duration(0) && wait <= std::chrono::minutes(10), "a wait is in bounds", text
        );
    }
    for (const std::string& problem : read.problems) {
        demand(
            base::valid_utf8(problem) && problem.find('\n') == std::string::npos,
            "a problem is a line",
            problem
        );
    }
}

}  // namespace

BN_FUZZ_TARGET(module_input) {
    const std::uint8_t what = input.byte();
    if (what == 'a') {
        arguments(input);
    } else if (what == 's') {
        settings(input.rest());
    } else {
        const std::string_view bytes = input.rest();
        document(bytes);
        texts(bytes);
    }
}

}  // namespace bn::fuzz::module_input_fuzz
