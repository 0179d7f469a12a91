"""What the panel asks of a server, not of a service: its forms, its statistics, its import."""

import http.server
import json
import os
import ssl
import subprocess
import threading
import time
import unittest
from xml.sax.saxutils import escape

from life_stage import PASSWORD, LifeCase, wait_until
from stage import free_port

WRONG = "Wrong-Form-Pass-13"


class Elsewhere:
    """An HTTPS server that is no cloud, with a certificate of its own making."""

    def __init__(self, folder, name):
        self.certificate = os.path.join(folder, name + ".pem")
        key = os.path.join(folder, name + ".key")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-keyout", key, "-out", self.certificate], check=True, capture_output=True)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere.Page)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            page = b"<html><h1>Our other page</h1></html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_):
            pass


class Server(LifeCase):
    def stage(self, **settings):
        stage = super().stage(**settings)
        stage.start_service()
        return stage

    def test_forms_name_the_fault(self):
        s = self.stage()
        s.start_runner()
        item = s.opened()
        client = (f"user_{item}", s.show(item)["crypted"]["userpassword"])
        trusted = Elsewhere(s.dir, "trusted")
        self.addCleanup(trusted.close)
        stranger = Elsewhere(s.dir, "stranger")
        self.addCleanup(stranger.close)
        with open(s.path("ca.pem"), "a", encoding="utf-8") as bundle:
            bundle.write(s.read("trusted.pem"))

        def tried(url, login="admin", password=PASSWORD):
            """What both commands say of a form: None, or the error's type."""
            fields = (f"<base_url>{escape(url)}</base_url><nc_username>{login}</nc_username>"
                      f"<nc_password>{escape(password)}</nc_password>")
            types = []
            for command, form in (
                    ("check_connection", f"<doc><processingmodule>{fields}</processingmodule></doc>"),
                    ("tune_connection", f"<doc><func>processing.add</func>{fields}</doc>")):
                code, doc = s.module(command, form=form)
                error = doc.find("error")
                self.assertEqual(code, 0 if error is None else 1)
                if error is not None:
                    self.assertTrue(error.findtext("msg"))
                    self.assertNotIn(password, "".join(error.itertext()))
                types.append(None if error is None else error.get("type"))
            self.assertEqual(types[0], types[1])
            return types[0]

        self.assertIsNone(tried(s.url))
        self.assertEqual(tried(s.url, password=WRONG), "auth")
        self.assertEqual(tried(s.url, *client), "not_admin")
        self.assertEqual(tried(trusted.url), "not_a_cloud")
        self.assertEqual(tried(stranger.url), "tls")
        self.assertEqual(tried("https://cloud.invalid"), "dns")
        self.assertEqual(tried(f"https://localhost:{free_port()}"), "connect")
        s.ctl("maintenance", on="1")
        self.assertEqual(tried(s.url), "maintenance")
        s.ctl("maintenance", on="0")
        # The saved server as it is: no field of the form was touched.
        saved = f'<doc><processingmodule id="{s.server}"/></doc>'
        self.assertEqual(s.module("check_connection", form=saved)[0], 0)
        code, doc = s.module("pricelist_dynamic_settings_tune", form="<doc><usergroup>pro</usergroup></doc>")
        self.assertEqual(code, 0)
        names = {val.get("key") for val in doc.find("slist[@name='usergroup']")}
        self.assertTrue({"start", "pro", "staff"} <= names, names)
        # A form goes back to the panel as it came; the double keeps what a module answered.
        leaks = [leak for leak in s.leaks([PASSWORD, WRONG, client[1]]) if not leak[0].endswith("/runs.log")]
        self.assertEqual(leaks, [])

    def test_forms_of_a_silent_cloud_answer_within_ten_seconds(self):
        s = self.stage()
        fields = (f"<base_url>{s.url}</base_url><nc_username>admin</nc_username>"
                  f"<nc_password>{PASSWORD}</nc_password>")
        s.ctl("latency", ms="60000")
        self.addCleanup(s.ctl, "latency", ms="0")
        for command, form, type_ in (
                ("check_connection", f"<doc><processingmodule>{fields}</processingmodule></doc>", "timeout"),
                ("tune_connection", f"<doc><func>processing.add</func>{fields}</doc>", "timeout"),
                ("pricelist_dynamic_settings_tune", "<doc><usergroup>pro</usergroup></doc>", None)):
            begun = time.monotonic()
            code, doc = s.module(command, form=form)
            took = time.monotonic() - begun
            self.assertLess(took, 10, command)
            self.assertGreater(took, 5, "the cloud was asked, and given time")
            error = doc.find("error")
            self.assertEqual((code, None if error is None else error.get("type")), (0 if type_ is None else 1, type_))
            if error is None:  # the tariff can be saved as it is
                self.assertEqual([v.get("key") for v in doc.find("slist[@name='usergroup']")], ["pro"])
            else:
                self.assertEqual(error.get("object"), "base_url")

    def test_the_panel_leads_to_the_cloud_of_an_open_service_alone(self):
        s = self.stage()
        s.start_runner()
        item = s.opened()
        unpaid = s.tool("order", s.client, s.small)["item"]

        def led(number):
            code, doc = s.module("transition_control_panel", "--item", number, "--level", "16", "--lang", "ru")
            error = doc.find("error")
            self.assertEqual(code, 0 if error is None else 1)
            return doc.findtext("url") if error is None else error.get("type")

        self.assertEqual(led(item), s.url)
        self.assertEqual(s.show(item)["params"]["url"], s.url, "the client reads the same in his service")
        # What somebody types into the server's form leads nobody anywhere before it is proved.
        self.db.sql(f"UPDATE processingparam SET value = 'https://elsewhere.example.com' "
                    f"WHERE processingmodule = {s.server} AND intname = 'base_url'", s.name)
        passes = s.kinds().count("pass.completed")
        wait_until(lambda: s.kinds().count("pass.completed") > passes + 1, "two passes with the other address")
        self.assertEqual(led(item), s.url)
        self.assertEqual((led(unpaid), led(99999)), ("no_account", "no_account"))

    def test_the_forms_word_on_the_certificate_and_the_time_counts_and_is_said(self):
        s = self.stage()
        stranger = Elsewhere(s.dir, "stranger")
        self.addCleanup(stranger.close)

        def tried(url=s.url, password=PASSWORD, module="", **fields):
            every = {"base_url": url, "nc_username": "admin", "nc_password": password, **fields}
            form = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in every.items())
            code, doc = s.module("check_connection", "--lang", "ru",
                                 form=f"<doc><processingmodule>{module}{form}</processingmodule></doc>")
            error = doc.find("error")
            self.assertEqual(code, 0 if error is None else 1)
            return None if error is None else (error.get("type"), error.get("object"))

        self.assertEqual(tried(stranger.url, verify_ssl="on"), ("tls", "base_url"))
        self.assertEqual(tried(stranger.url, verify_ssl=""), ("tls", "base_url"))
        self.assertEqual(tried(stranger.url, verify_ssl="off"), ("not_a_cloud", "base_url"))
        self.assertEqual(tried(verify_ssl="maybe"), ("verify_bad", "verify_ssl"))
        self.assertEqual(tried(timeout="0"), ("timeout_bad", "timeout"))
        # The stored password is for the cloud that proves to be it.
        saved = f"<id>{s.server}</id>"
        self.assertIsNone(tried(password="", module=saved, verify_ssl="on"))
        self.assertEqual(tried(password="", module=saved, verify_ssl="off"), ("auth", "nc_username"))
        s.ctl("latency", ms="60000")
        begun = time.monotonic()
        self.assertEqual(tried(timeout="1"), ("timeout", "base_url"))
        self.assertLess(time.monotonic() - begun, 6, "the form's own time")
        s.ctl("latency", ms="0")

        def save(name, value):
            """As the panel saves a form; the service hears of it with its next pass."""
            self.db.sql("INSERT INTO processingparam (processingmodule, intname, value) "
                        f"VALUES ({s.server}, '{name}', '{value}')", s.name)

        def unverified():
            return json.loads(s.run("status", "--json").stdout)["servers"][0]["unverified"]

        wait_until(lambda: "pass.completed" in s.kinds(), "a first pass")
        self.assertEqual(unverified(), "")
        save("verify_ssl", "off")
        wait_until(lambda: "verify_ssl is off" in unverified(), "the status says so")
        check = s.run("check")
        self.assertIn("certificate is not checked (verify_ssl is off", check.stdout)

    def test_product_and_version_are_stored_in_the_panel(self):
        s = self.stage()
        self.assertEqual(s.module("get_server_config")[0], 0)
        stored = self.db.sql(f"SELECT config FROM processingmodule WHERE id = {s.server}", s.name).stdout
        self.assertIn("<product>Nextcloud</product><version>25", stored)

    def test_statistics_are_replaced_and_each_is_posted(self):
        s = self.stage()
        s.tool("fault", '{"function":"service.poststat","kind":"unreachable"}')
        s.start_runner()
        items = [s.opened(), s.opened()]

        def measured(*gib):
            """The panel's `stat` after the accounts got so big: the rows that it finds."""
            for item, size in zip(items, gib):
                s.ctl("used", user=f"user_{item}", bytes=size << 30)
            self.assertEqual(s.module("stat")[0], 0)
            rows = s.tool("stats")["itemstat"]
            self.assertEqual({(row["item"], float(row["value"])) for row in rows},
                             {(str(item), float(size)) for item, size in zip(items, gib)})
            self.assertEqual(len(rows), len(items), "replaced, never added")
            return rows

        rows = measured(2, 5)
        self.assertEqual(s.tool("stats")["poststat"], [], "the panel is away")
        self.assertEqual(measured(2, 5), rows)
        s.tool("no-faults")
        days = [{"processingmodule": str(s.server), "statdate": rows[0]["statdate"]}]
        wait_until(lambda: s.tool("stats")["poststat"] == days, "the day that was owed")
        measured(3, 5)
        wait_until(lambda: s.tool("stats")["poststat"] == 2 * days, "the second stat of the day, posted as the first")

    def test_import_of_accounts(self):
        s = self.stage()
        for login in ("bob", "carol"):
            s.ctl("create", user=login, email=f"{login}@example.com", group="start")
        s.ctl("disable", user="carol")
        before = s.writes()
        code, doc = s.module("import", "--itemtype", "backupservice", "--searchstring", "bob carol nobody admin")
        self.assertEqual(code, 0)
        services = {row.findtext("login"): int(row.findtext("service")) for row in doc.findall("imported")}
        self.assertEqual(set(services), {"bob", "carol"})
        self.assertEqual({row.findtext("login") for row in doc.findall("skipped")}, {"nobody", "admin"})
        for login, status in (("bob", "2"), ("carol", "3")):
            row = s.show(services[login])
            self.assertEqual((row["status"], row["params"]["username"]), (status, login))

        def again():
            """Once the controller has read the new services, their accounts are taken."""
            _, told = s.module("import", "--itemtype", "backupservice", "--searchstring", "bob carol")
            return len(told.findall("skipped")) == 2

        passes = s.kinds().count("pass.completed")
        wait_until(lambda: s.kinds().count("pass.completed") > passes + 1, "two more passes")
        self.assertTrue(again())
        self.assertEqual(s.writes(), before)


if __name__ == "__main__":
    unittest.main()
