// The error document of a running operation, as the panel's own C++ modules write it:
//
//   <doc><processingmodule date id name>
//     <error date type object value><param name [type="msg"]/>...<backtrace/><log/></error>
//     <custommessage date type="info|error"/>...
//   </processingmodule></doc>
//
// Pure. Well-formed whatever bytes come in, and never longer than an argument of a process may be:
// long texts are cut, the log from its beginning.
#pragma once

#include <string>
#include <vector>

#include "reconciler/model/ids.hpp"
#include "reconciler/model/time.hpp"

namespace bn::bm_writer {

struct ErrorParam {
    std::string name;
    std::string value;
    bool is_message = false;  // `value` is the key of one of the panel's messages

    ErrorParam() = default;

    ErrorParam(std::string n, std::string v, bool message = false)
        : name(std::move(n)), value(std::move(v)), is_message(message) {}
};

struct CustomMessage {
    std::string date;
    std::string text;
    bool is_error = false;

    CustomMessage() = default;

    CustomMessage(std::string d, std::string t, bool error)
        : date(std::move(d)), text(std::move(t)), is_error(error) {}
};

struct OperationError {
    std::string date;  // see panel_date
    ServerId module;
    std::string module_name;  // as the admin named the server
    std::string type;         // the panel shows its message msg_error_<type>
    std::string object;
    std::string value;
    std::vector<ErrorParam> params;  // fill the message's __placeholders__
    std::string backtrace;
    std::string log;
    std::vector<CustomMessage> messages;

    OperationError() = default;
};

std::string error_xml(const OperationError& error);

// "2026-11-23 13:20:30", in this host's time zone, which is the panel's.
std::string panel_date(Time at);

}  // namespace bn::bm_writer
