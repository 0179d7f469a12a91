"""bundle_world.py PANEL_DB FOLDER: what dev/check-bundle has around its roots, in a network namespace of its own: a MariaDB with
the sample panel's rows and a login of ed25519, and a name server for panel.test. Writes its port to FOLDER/mariadb.port, and ends
with its input."""

import os
import pathlib
import socket
import struct
import sys
import threading

sys.path.insert(0, os.path.join(os.environ["BN_SOURCE"], "tests/integration/service"))

from mariadb import MariaDb, READER_PASSWORD  # noqa: E402
from stage import free_port  # noqa: E402

NAME = b"\x05panel\x04test\x00"
A, NO_SUCH_NAME, ANSWER = 1, 3, 0x8180


def answer_names(listener):
    while True:
        question, caller = listener.recvfrom(512)
        name_end = question.index(b"\x00", 12) + 1
        kind = struct.unpack(">H", question[name_end:name_end + 2])[0]
        known = question[12:name_end].lower() == NAME
        record = b"\xc0\x0c" + struct.pack(">HHIH", A, 1, 60, 4) + socket.inet_aton("127.0.0.1") if known and kind == A else b""
        head = question[:2] + struct.pack(">HHHHH", ANSWER | (0 if known else NO_SUCH_NAME), 1, bool(record), 0, 0)
        listener.sendto(head + question[12:name_end + 4] + record, caller)


def main():
    rows, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 53))
    threading.Thread(target=answer_names, args=(names,), daemon=True).start()
    port = free_port()
    server = MariaDb(port)
    try:
        server.copy_from(rows)
        server.sql("INSTALL SONAME 'auth_ed25519'; "
                   f"CREATE OR REPLACE USER edward@'127.0.0.1' IDENTIFIED VIA ed25519 USING PASSWORD('{READER_PASSWORD}'); "
                   "GRANT SELECT ON billmgr.* TO edward@'127.0.0.1'")
        (folder / "mariadb.password").write_text(READER_PASSWORD, encoding="utf-8")
        (folder / "mariadb.port").write_text(str(port), encoding="utf-8")
        sys.stdin.read()
    finally:
        server.close()


if __name__ == "__main__":
    main()
