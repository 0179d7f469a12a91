// The error document of a running operation, as the panel's own C++ modules write it:
//
//   <doc><processingmodule date id name>
//     <error date type object value><param name/>...<backtrace/><log/></error>
//     <custommessage date type="error"/>
//   </processingmodule></doc>
//
// Pure. Well-formed whatever bytes come in, and never longer than an argument of a process may be:
// long texts are cut.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reconciler/model/ids.hpp"
#include "reconciler/model/time.hpp"

namespace bn::bm_writer {

struct OperationError {
    std::string date;  // see panel_date
    ServerId module;
    std::string module_name;  // as the admin named the server
    std::string type;         // the panel shows its message msg_error_<type>
    std::string object;
    std::string value;
    std::vector<std::pair<std::string, std::string>> params;  // fill the message's __placeholders__
    std::string message;                                      // for people
};

std::string error_xml(const OperationError& error);

// "2026-11-23 13:20:30", in this host's time zone, which is the panel's.
std::string panel_date(Time at);

}  // namespace bn::bm_writer
