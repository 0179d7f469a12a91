// The panel's API as a port: two ways in, with the same answers. The panel's messages are asked for
// in English.
//
// Both are blocking and thread-safe; how many calls run at once is the caller's business. Neither
// repeats a call that may have taken effect. Secrets reach the panel, and nothing else: no argv, no
// URL, no error text, no answer that is handed out.
#pragma once

#include <memory>
#include <string>

#include "base/curl.hpp"
#include "reconciler/model/secret.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/ports/panel_api.hpp"

namespace bn::bm_writer {

// The panel's own command-line client, on the panel's host, as root:
//
//   mgrctl -m billmgr -o xml service.saveparam elid=7 sok=ok lang=en -e value=$BN_SECRET_1
//
// Options end at the function's name, so a value never stands where an option could: "-x", a "$" or
// a line break in it arrive as they are, because no shell is between and mgrctl looks for "$NAME"
// only behind -e. A secret's value is only in the environment of that one process. Names of
// functions and parameters are checked; a name or a NUL byte that cannot be passed is kBug
// "panel.argument".
//
// The process has a process group of its own, no input, no descriptors but its output, and an
// environment of PATH, HOME, LANG, TZ, SSH_CONNECTION and the secrets. When the time is up, the
// group is killed; what left the group (mgrctl may start the panel's server) lives on.
//
// It runs in the folder above the program's, if that is there. "bill-nextcloud" is what the panel's
// history shows as the address.
struct MgrctlSettings {
    std::string program = "/usr/local/mgr5/sbin/mgrctl";
    Duration timeout = std::chrono::seconds(60);
    std::size_t max_answer_bytes = 16U << 20U;
};

std::unique_ptr<PanelApi> make_mgrctl_api(MgrctlSettings settings);

// The panel's HTTPS door, for a controller on another host. POST, everything in the body. Logs in
// once (func=auth) and keeps the session's id; a call that the panel refuses because the session
// ended logs in again and is made once more: it had no effect.
//
// Errors besides those of the port: kHuman "panel.url" (not https, a redirect, 404).
// After a refused login there is no other for `login_pause`, so that the panel does not lock the
// account: calls fail with the same error until then.
struct HttpsSettings : base::CurlOptions {
    std::string url;  // "https://host:1500/billmgr"
    std::string user;
    Secret password;
    Duration session_life =
        std::chrono::minutes(50);  // the panel forgets an idle one after an hour
    Duration login_pause = std::chrono::seconds(60);
    std::size_t max_answer_bytes = 16U << 20U;
};

std::unique_ptr<PanelApi> make_https_api(HttpsSettings settings);

}  // namespace bn::bm_writer
