"""The commands behind the panel's forms: a document comes in, the same one goes out."""

import os
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

from panel_side import MODULE, PanelCase, error

CLOUD = {"product": "Nextcloud", "version": "25.0.2", "own_login": "admin", "url": "https://c.example",
         "groups": ["admin", "pro", "start", "2"]}
CHOICES = ('<slist name="verify_ssl"><val key="on">Check it</val>'
           '<val key="off">Do not check it (unsafe: the password may be read on the way)</val></slist>')
SECRET = "Keep-Me-Out-Of-Logs-77"
FIELDS = (f"<base_url>https://c.example/cloud</base_url><nc_username>admin</nc_username>"
          f"<nc_password>{SECRET}</nc_password>")


def same(one, other):
    """But for the choices that the module puts into the form of a server."""
    one = one.replace(CHOICES, "")
    return ElementTree.canonicalize(one) == ElementTree.canonicalize(other)


class BadDocuments(PanelCase):
    COMMANDS = ["check_connection", "tune_connection", "pricelist_dynamic_settings_tune"]

    def test_what_is_no_document(self):
        controller = self.controller_says(CLOUD)
        bomb = ("<!DOCTYPE doc [<!ENTITY a '" + "x" * 1000 + "'>" +
                "".join(f"<!ENTITY {n} '{f'&{p};' * 10}'>" for p, n in zip("abcdefg", "bcdefgh")) +
                "]><doc><base_url>&h;</base_url></doc>")
        for command in self.COMMANDS:
            for stdin in ["", "   ", "garbage", "<doc>", "<doc></dok>", "<html/>", "<doc/><doc/>", b"<doc>\xff</doc>",
                          b"<doc>\x00</doc>", "<doc>&#2;</doc>", "<doc a='1' a='2'/>", bomb,
                          "<doc>" + "<a>" * 50000 + "</a>" * 50000 + "</doc>"]:
                ran = self.run_module("-c", command, "-m", "3", stdin=stdin)
                self.assertEqual(ran.error_type, "document_bad", (command, stdin[:60]))
            ran = self.run_module("-c", command, "-m", "3", stdin="<doc>" + "x" * (1 << 20) + "</doc>")
            self.assertEqual(ran.error_type, "document_big")
        self.assertEqual(controller.requests, [])

    def test_a_closed_input(self):
        run = subprocess.run(["sh", "-c", f"'{MODULE}' -c tune_connection <&-"], capture_output=True,
                             env=self.environment(), check=False)
        self.assertEqual(self.checked(run, (0, 1)).error_type, "document_bad")

    def test_other_commands_do_not_wait_for_an_input(self):
        self.controller_says({"state": "done"})
        reader, writer = os.pipe()
        try:
            run = subprocess.run([MODULE, "-c", "open", "-i", "7"], stdin=reader, capture_output=True, timeout=60,
                                 env=self.environment(), check=False)
            self.assertEqual(self.checked(run, (0, 1)).code, 0)
        finally:
            os.close(reader)
            os.close(writer)


class CheckConnection(PanelCase):
    def check(self, fields, *args):
        return self.run_module("-c", "check_connection", *args,
                               stdin=f"<doc><processingmodule>{fields}</processingmodule></doc>")

    def test_asks_for_what_was_entered(self):
        controller = self.controller_says(CLOUD)
        self.assertEqual(self.check(FIELDS).code, 0)
        self.assertEqual(self.check(FIELDS + "<id>3</id>").code, 0)
        wanted = {"verb": "probe", "base_url": "https://c.example/cloud", "login": "admin", "password": SECRET}
        self.assertEqual(controller.requests, [wanted, wanted | {"module": 3}])

    def test_the_saved_server_when_nothing_was_entered(self):
        controller = self.controller_says(CLOUD)
        self.assertEqual(self.check("<id>3</id>").code, 0)
        self.run_module("-c", "check_connection", stdin='<doc><processingmodule id="3"/></doc>')
        self.assertEqual(controller.requests, [{"verb": "probe", "module": 3}] * 2)

    def test_an_empty_password_does_not_hide_what_was_entered(self):
        controller = self.controller_says(CLOUD)
        entered = "<id>3</id><base_url>https://new.example</base_url><nc_username>root</nc_username>"
        for fields in [entered, entered + "<nc_password/>", "<id>3</id><base_url/><nc_username/><nc_password/>"]:
            self.assertEqual(self.check(fields).code, 0)
        wanted = {"verb": "probe", "module": 3, "base_url": "https://new.example", "login": "root"}
        self.assertEqual(controller.requests, [
            wanted, wanted, {"verb": "probe", "module": 3, "base_url": "", "login": ""}])

    def test_how_the_cloud_is_called_is_entered_too(self):
        controller = self.controller_says(CLOUD)
        for said in ({"verify_ssl": "off", "timeout": "7"}, {"verify_ssl": "", "timeout": ""}, {"timeout": "soon"}):
            fields = "".join(f"<{name}>{value}</{name}>" for name, value in said.items())
            self.assertEqual(self.check("<id>3</id>" + fields).code, 0)
            self.assertEqual(controller.requests[-1], {"verb": "probe", "module": 3, **said})

    def test_names_the_fault_and_the_field(self):
        for type_, field in [("dns", "base_url"), ("tls", "base_url"), ("connect", "base_url"),
                             ("maintenance", "base_url"), ("not_a_cloud", "base_url"), ("timeout", "base_url"),
                             ("url_empty", "base_url"), ("url_too_long", "base_url"), ("url_scheme", "base_url"),
                             ("verify_bad", "verify_ssl"), ("timeout_bad", "timeout"), ("auth", "nc_username"), ("not_admin", "nc_username"), ("app_password", "nc_password")]:
            self.controller_says(error(type_, f"It is {type_}."))
            ran = self.check(FIELDS)
            self.assertEqual((ran.code, ran.error_type, ran.error.get("object")), (1, type_, field))
            self.assertEqual(ran.param("what"), f"It is {type_}.")

    def test_the_password_is_nowhere(self):
        for reply in [CLOUD, error("auth", "refused"), b"garbage\n"]:
            self.controller_says(reply)
            ran = self.check(FIELDS)
            self.assertNotIn(SECRET.encode(), ran.document)
        self.assertNotIn(SECRET, self.log())

    def test_a_document_without_the_module(self):
        ran = self.run_module("-c", "check_connection", stdin="<doc/>")
        self.assertEqual(ran.error_type, "document_bad")


class TuneConnection(PanelCase):
    def tune(self, document):
        return self.run_module("-c", "tune_connection", stdin=document)

    def test_the_first_steps_pass_unchanged(self):
        controller = self.controller_says(CLOUD)
        for fields in ["", "<func>processing.add</func>", "<base_url>https://c.example</base_url>",
                       "<base_url/><nc_username/><nc_password/>"]:
            document = f'<doc lang="ru"><tparams><x y="1">é &amp; z</x></tparams>{fields}<slist name="a"/></doc>'
            ran = self.tune(document)
            self.assertEqual(ran.code, 0)
            self.assertTrue(same(ran.document.decode(), document))
        self.assertEqual(controller.requests, [])

    def test_a_whole_form_is_tried_and_passes_unchanged(self):
        controller = self.controller_says(CLOUD)
        document = f"<doc><func>processing.add.user</func>{FIELDS}<unknown><deep a='1'/></unknown></doc>"
        ran = self.tune(document)
        self.assertEqual(ran.code, 0)
        self.assertTrue(same(ran.document.decode(), document))
        self.assertEqual(len(controller.requests), 1)
        self.assertEqual(controller.requests[0]["base_url"], "https://c.example/cloud")

    def test_the_choices_of_the_certificate_begin_with_the_safe_one(self):
        for lang, first in (("en", "Check it"), ("ru", "Проверять")):
            for fields in ("", "<verify_ssl>off</verify_ssl>", '<slist name="verify_ssl"><val key="x">y</val></slist>'):
                ran = self.run_module("-c", "tune_connection", "--lang", lang,
                                      stdin=f"<doc><func>processing.edit</func>{fields}</doc>")
                choices = ran.doc.findall("slist[@name='verify_ssl']")
                self.assertEqual([[val.get("key") for val in one] for one in choices], [["on", "off"]])
                self.assertEqual(choices[0][0].text, first)
                self.assertEqual(ran.doc.findtext("verify_ssl"), "off" if "off<" in fields else None, "as it is stored")

    def test_a_fault_names_the_field(self):
        self.controller_says(error("tls", "The certificate has expired."))
        ran = self.tune(f"<doc><func>processing.add.user</func>{FIELDS}</doc>")
        self.assertEqual((ran.error_type, ran.error.get("object")), ("tls", "base_url"))
        self.assertEqual(ran.error.get("value"), "https://c.example/cloud")

    def test_the_form_of_a_dead_cloud_opens(self):
        controller = self.controller_says(error("connect"))
        self.assertEqual(self.tune(f"<doc><func>processing.edit</func>{FIELDS}</doc>").code, 0)
        self.assertEqual(controller.requests, [])
        saved = self.tune(f"<doc><func>processing.edit</func><sok>ok</sok>{FIELDS}</doc>")
        self.assertEqual(saved.error_type, "connect")


class TariffForm(PanelCase):
    def tune(self, stored, *args, module="3"):
        field = "" if stored is None else f"<usergroup>{stored}</usergroup>"
        document = f'<doc><name>Tariff</name>{field}<slist name="usergroup"><val key="0">old</val></slist></doc>'
        words = ["-c", "pricelist_dynamic_settings_tune", *args] + (["-m", module] if module else [])
        return self.run_module(*words, stdin=document)

    def keys(self, ran):
        lists = ran.doc.findall("slist[@name='usergroup']")
        self.assertEqual(len(lists), 1)
        return [val.get("key") for val in lists[0]]

    def test_the_groups_of_the_cloud_by_name(self):
        controller = self.controller_says(CLOUD)
        ran = self.tune("pro")
        self.assertEqual(self.keys(ran), ["", "pro", "start", "2"], "and never the administrators")
        self.assertEqual([v.text for v in ran.doc.find("slist")][1:], ["pro", "start", "2"])
        self.assertEqual(ran.doc.findtext("usergroup"), "pro")
        self.assertEqual(ran.doc.findtext("name"), "Tariff")
        self.assertEqual(controller.requests, [{"verb": "probe", "module": 3}])

    def test_digits_that_name_no_group_stay_until_a_person_chooses(self):
        self.controller_says(CLOUD)
        self.assertEqual(self.keys(self.tune("2")), ["", "pro", "start", "2"], "a name of digits")
        for stored in ["0", "1", "9"]:
            ran = self.tune(stored)
            self.assertEqual(ran.doc.findtext("usergroup"), stored, "never rewritten silently")
            self.assertEqual(self.keys(ran)[-1], stored)
            self.assertIn("names no group", ran.doc.find("slist")[-1].text)

    def test_a_group_that_is_gone_is_kept_and_marked(self):
        self.controller_says(CLOUD)
        ran = self.tune("gold", "--lang", "ru")
        self.assertEqual(self.keys(ran)[-1], "gold")
        self.assertIn("недоступна", ran.doc.find("slist")[-1].text)
        self.assertEqual(ran.doc.find("slist")[0].text, "-- без группы --")

    def test_no_stored_group(self):
        self.controller_says(CLOUD)
        for stored in [None, ""]:
            self.assertEqual(self.keys(self.tune(stored)), ["", "pro", "start", "2"])

    def test_a_cloud_that_is_down_does_not_stop_the_tariff(self):
        for reply in [error("connect", "no route"), b"garbage\n", {"groups": "none"}, {"groups": [1]}, {}]:
            self.controller_says(reply)
            ran = self.tune("1")
            self.assertEqual(ran.code, 0)
            self.assertEqual(self.keys(ran), ["1"])
            self.assertEqual(ran.doc.findtext("usergroup"), "1")
        self.assertIn("no route", self.log())
        self.assertEqual(self.keys(self.tune("")), [""])

    def test_without_a_module_or_a_controller(self):
        self.assertEqual(self.keys(self.tune("pro", module=None)), ["pro"])
        self.assertEqual(self.keys(self.tune("pro")), ["pro"])


if __name__ == "__main__":
    unittest.main()
