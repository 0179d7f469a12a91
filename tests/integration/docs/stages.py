"""What lies behind a text: the host that it speaks of, and what happens beside its commands.

A comment `<!-- stage: NAME -->` in a text names a thing of EVENTS that happens there."""

import clean_host
import texts

CTL = "$BN_FAKES/cloud/fake-cloud ctl http://127.0.0.1:8444"

# A panel's host without its programs: its settings, its key, its mgrctl.
PANEL_HOST = [
    "mkdir -p /usr/local/mgr5/bin /usr/local/mgr5/sbin /usr/local/mgr5/etc/billmgr.conf.d /usr/local/mgr5/var /usr/local/mgr5/tmp",
    "mkdir -p /usr/local/mgr5/processing /usr/local/mgr5/addon /usr/local/mgr5/etc/xml /usr/local/mgr5/skins/common/plugin-logo",
    "printf 'DBHost localhost\\nDBUser panel\\nDBPassword x\\nDBName billmgr\\nDBSocket /run/mysqld/mysqld.sock\\n' "
    ">/usr/local/mgr5/etc/billmgr.conf.d/db.conf",
    "openssl genrsa -out /usr/local/mgr5/etc/billmgr.pem 2048",
    "printf '#!/bin/sh\\necho 6.88.0\\n' >/usr/local/mgr5/bin/core; chmod 755 /usr/local/mgr5/bin/core",
    "mkdir /mnt/panel; printf '{\"socket\": \"/run/mysqld/mysqld.sock\", \"database\": \"billmgr\", \"user\": \"panel\", \"password\": \"x\"}' >/mnt/panel/panel.json",
    "printf '#!/bin/sh\\nBN_FAKE_PANEL=/mnt/panel exec %s \"$@\"\\n' $BN_FAKES/panel/fake-mgrctl >/usr/local/mgr5/sbin/mgrctl; "
    "chmod 755 /usr/local/mgr5/sbin/mgrctl",
]

INSTALL = ["cmake --install build/release --prefix /usr", "deploy/billmanager/install --yes"]
WAIT = "for i in $(seq 200); do {} >/dev/null && break; sleep 0.1; done; {}"


def until(command):
    return WAIT.format(command, command)


EVENTS = {
    # A second processing module in the panel, and its cloud.
    "second-cloud": [
        "$BN_FAKES/cloud/fake-cloud --listen 127.0.0.1:8543 --groups start,pro,staff --admin-password-env BN_CLOUD_PASSWORD "
        "--ca-out /tmp/ca2.pem --url-out /tmp/cloud2.url >/tmp/cloud2.log 2>&1 &",
        until("test -s /tmp/cloud2.url"),
        "cat /tmp/ca2.pem >>/etc/ssl/certs/ca-certificates.crt",
        "mysql billmgr <<'END'\n"
        "CREATE TEMPORARY TABLE m SELECT * FROM processingmodule WHERE id = 1; UPDATE m SET id = 2, name = 'cloud-2';"
        "INSERT INTO processingmodule SELECT * FROM m;\n"
        "CREATE TEMPORARY TABLE p SELECT * FROM processingparam WHERE processingmodule = 1;"
        "UPDATE p SET id = id + 1000, processingmodule = 2, value = REPLACE(value, '8443', '8543');"
        "INSERT INTO processingparam SELECT * FROM p;\nEND",
    ],
    # Everything is as it was sold; then staff close seven services.
    "closings": [
        "sed -i 's/^policy = .*/policy = \"sync\"/' /etc/bill-nextcloud/config.toml",
        "systemctl restart bill-nextcloud",
        until("runuser -u bill-nextcloud -- bill-nextcloud plan"),
        "mysql billmgr -e 'UPDATE item SET status = 4 WHERE id IN (101, 102, 103, 104, 105, 106, 112)'",
    ],
    "closed": [until(f"{CTL} user user=user_101 | grep '\"enabled\":false'")],
    # It runs, and makes what was sold.
    "service": ["sed -i 's/^policy = .*/policy = \"create-only\"/' /etc/bill-nextcloud/config.toml",
                "systemctl restart bill-nextcloud"],
    # The first account was made, and with it the key.
    "served": ["systemctl restart bill-nextcloud", until("test -f /var/lib/bill-nextcloud/seal.key")],
    "panel-key": ["mkdir -p /usr/local/mgr5/etc; openssl genrsa -out /usr/local/mgr5/etc/billmgr.pem 2048"],
}

# What each text needs before its first command. What is not here is run on a host that was set up by README.md.
CLEAN = "clean"  # README itself
NO_CLOUD = "no cloud"  # it makes its own
PANEL = "the panel's host"
HOSTS = {
    "README.md": CLEAN,
    "CONTRIBUTING.md": CLEAN,
    "docs/tutorial.md": NO_CLOUD,
    "docs/install-billmanager.md": PANEL,
    "docs/preflight.md": PANEL,
    "docs/adopt.md": PANEL,
    "docs/module.md": PANEL,
    "docs/how-to/from-the-python-module.md": PANEL,
    "docs/how-to/webpay.md": PANEL,
}
# On the panel's host, and not yet installed.
INSTALLS = ("docs/install-billmanager.md", "docs/how-to/from-the-python-module.md")


def set_up(source):
    """The commands of README that set a host up."""
    found, _ = texts.blocks(source, "README.md")
    return [command for block in found if block.language == "sh" and not block.not_run and block.section == "Set it up"
            for command in texts.commands(block.text)]


def before(source, file):
    host = HOSTS.get(file)
    if host in (CLEAN, NO_CLOUD):
        return []
    if host == PANEL:
        return PANEL_HOST + ([] if file in INSTALLS else INSTALL)
    # README's own test looks; here the host is only made.
    return [command for command in set_up(source) if not command.startswith(("runuser", "bill-nextcloud"))]


def cloud(file):
    return None if HOSTS.get(file) == NO_CLOUD else clean_host.CLOUD
