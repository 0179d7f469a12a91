"""The XML files of the panel: forms, page, texts in both languages; and the logo."""

import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET

SOURCE = pathlib.Path(os.environ["BN_SOURCE"])
DEPLOY = SOURCE / "deploy/billmanager"
MODULE = os.environ["BN_MODULE"]
PAYMENTS = os.environ["BN_PAYMENTS"]
FORMS = ET.parse(DEPLOY / "etc/xml/billmgr_mod_pmnextcloud.xml").getroot()
PAGE = ET.parse(DEPLOY / "etc/xml/billmgr_mod_ncsync.xml").getroot()
WEBPAY = ET.parse(DEPLOY / "etc/xml/billmgr_mod_pmwebpay.xml").getroot()

# Every error that the controller, its client or a hold of the core can bring to the panel.
ERRORS = """
    controller_down controller_busy bad_request not_allowed unknown_item no_account unknown_server panel_error
    store_error stopped_plan internal cloud_error refused
    url_empty url_too_long url_scheme url_bad verify_bad timeout_bad dns connect tls auth not_admin not_a_cloud maintenance
    app_password timeout
    no_tariff dangling_reference no_disk unknown_status unknown_addon_type bad_measure bad_number
    bad_login login_clash bad_group bad_secret no_server server_disabled moved_server bad_server
    not_ours protected missing_group incomplete_read foreign_backend login_changed in_doubt backoff
    fighting refused retention vanished policy blast_radius incomplete_snapshot clock paused
""".split()
# What the payment module says of its form.
PAYMENT_ERRORS = """
    webpay_store_id webpay_store webpay_secret_key webpay_test webpay_api_login webpay_api_password
    webpay_login_refused webpay_not_reached webpay_not_tried controller_down controller_busy internal
""".split()


def texts(root):
    """{lang: {(messages, name): text}}"""
    found = {}
    for lang in root.iter("lang"):
        mine = found.setdefault(lang.get("name"), {})
        for messages in lang.iter("messages"):
            for msg in messages.iter("msg"):
                key = (messages.get("name"), msg.get("name"))
                if key in mine:
                    raise AssertionError(f"twice: {key}")
                mine[key] = (msg.text or "").strip()
    return found


def placeholders(text):
    return sorted(set(re.findall(r"__\w+?__", text)))


class TextsTest(unittest.TestCase):
    def test_both_languages_have_the_same_keys(self):
        for root in (FORMS, PAGE, WEBPAY):
            found = texts(root)
            self.assertEqual(sorted(found), ["en", "ru"])
            self.assertEqual(sorted(found["en"]), sorted(found["ru"]))

    def test_no_text_is_empty_or_in_the_other_language(self):
        for root in (FORMS, PAGE, WEBPAY):
            for lang, messages in texts(root).items():
                for key, text in messages.items():
                    self.assertTrue(text, key)
                    cyrillic = re.search("[а-яё]", text, re.IGNORECASE)
                    if lang == "en":
                        self.assertFalse(cyrillic, (key, text))
                    elif len(text.split()) > 2 and not key[1].startswith("placeholder_"):
                        self.assertTrue(cyrillic, (key, text))

    def test_every_error_has_a_text(self):
        for root, errors in ((FORMS, ERRORS), (WEBPAY, PAYMENT_ERRORS)):
            for lang, messages in texts(root).items():
                for error in errors:
                    self.assertIn(("msgerror", f"msg_error_{error}"), messages, lang)

    def test_placeholders_are_the_same(self):
        for root in (FORMS, WEBPAY):
            found = texts(root)
            for key, english in found["en"].items():
                self.assertEqual(placeholders(english), placeholders(found["ru"][key]), key)

    def test_texts_are_the_programs(self):
        for program in (MODULE, PAYMENTS):
            ran = subprocess.run([sys.executable, DEPLOY / "messages", "--check", program], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, encoding="utf-8", timeout=120, check=False)
            self.assertEqual(ran.returncode, 0, ran.stdout)

    def test_a_changed_text_is_noticed_and_mended(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "billmanager"
            shutil.copytree(DEPLOY, copy)
            forms = copy / "etc/xml/billmgr_mod_pmnextcloud.xml"
            good = forms.read_text(encoding="utf-8")
            forms.write_text(good.replace("msg_error_missing_group", "msg_error_mising_group"), encoding="utf-8")

            def messages(*arguments):
                return subprocess.run([sys.executable, copy / "messages", *arguments, MODULE],
                                      stderr=subprocess.PIPE, timeout=120, check=False).returncode
            self.assertEqual(messages("--check"), 1)
            self.assertEqual(messages(), 0)
            self.assertEqual(forms.read_text(encoding="utf-8"), good)


class FormsTest(unittest.TestCase):
    def setUp(self):
        self.messages = texts(FORMS)["en"]

    def metadata(self, root, name):
        found = [m for m in root.iter("metadata") if m.get("name") == name]
        self.assertEqual(len(found), 1, name)
        return found[0]

    def test_plugin(self):
        plugin, = FORMS.iter("plugin")
        self.assertEqual(plugin.get("name"), "pmnextcloud")
        self.assertEqual(plugin.findtext("group"), "processing_module")
        self.assertEqual([t.get("name") for t in plugin.iter("type")], ["backupservice"])
        self.assertEqual(sorted(p.get("lang") for p in plugin.iter("priority")), ["en", "ru"])
        for name in ("desc_short", "desc_full", "price"):
            self.assertIn(("plugin", f"{name}_pmnextcloud"), self.messages)
        for name in ("pmnextcloud", "module_pmnextcloud"):
            self.assertIn(("label_processing_modules", name), self.messages)

    def test_server_form(self):
        form = self.metadata(FORMS, "processing.edit.pmnextcloud")
        inputs = {i.get("name"): i for i in form.iter("input")}
        self.assertEqual(sorted(inputs), ["base_url", "nc_password", "nc_username", "timeout"])
        self.assertEqual([s.get("name") for s in form.iter("select")], ["verify_ssl"])
        for name, tag in inputs.items():
            required = None if name == "timeout" else "yes"
            self.assertEqual((tag.get("required"), tag.get("private")), (required, "yes"), name)
        self.assertEqual(inputs["base_url"].get("check"), "url")
        self.assertEqual(inputs["base_url"].get("maxlength"), "255")
        self.assertEqual(inputs["nc_password"].get("type"), "password")

    def test_fields_have_names_and_hints(self):
        for root in (FORMS, PAGE, WEBPAY):
            messages = texts(root)["ru"]
            for form in (m for m in root.iter("metadata") if m.get("type") == "form"):
                for field in form.iter("field"):
                    name = field.get("name")
                    self.assertEqual([child.get("name") for child in field], [name])
                    self.assertIn((form.get("name"), name), messages)
                    self.assertIn((form.get("name"), f"hint_{name}"), messages)

    def test_form_is_what_the_module_declares(self):
        ran = subprocess.run([MODULE, "--command", "features"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             timeout=120, check=True)
        features = ET.fromstring(ran.stdout)
        form = self.metadata(FORMS, "processing.edit.pmnextcloud")
        self.assertEqual(sorted(f.get("name") for kind in ("input", "select") for f in form.iter(kind)),
                         sorted(p.get("name") for p in features.find("params")))
        plugin, = FORMS.iter("plugin")
        self.assertEqual([t.get("name") for t in plugin.iter("type")],
                         [t.get("name") for t in features.iter("itemtype")])

    def test_tariff_form_and_names_of_params(self):
        form = self.metadata(FORMS, "pricelist.pmnextcloud")
        self.assertEqual([s.get("name") for s in form.iter("select")], ["usergroup"])
        for name in ("username", "url", "userpassword", "used_bytes", "quota_bytes",
                     "used_percent", "measured_at"):
            self.assertIn(("processing.customparam.names.pmnextcloud", name), self.messages)

    # ---- the payment method

    def test_payment_plugin(self):
        plugin, = WEBPAY.iter("plugin")
        self.assertEqual((plugin.get("name"), plugin.findtext("group")), ("pmwebpay", "payment_method"))
        self.assertEqual(sorted(p.get("lang") for p in plugin.iter("priority")), ["en", "ru"])
        messages = texts(WEBPAY)["en"]
        for name in ("desc_short", "desc_full", "price"):
            self.assertIn(("plugin", f"{name}_pmwebpay"), messages)
        for name in ("pmwebpay", "module_pmwebpay"):
            self.assertIn(("label_paymethod", name), messages)

    def test_payment_form(self):
        # The form's name goes without the module's prefix.
        form = self.metadata(WEBPAY, "paymethod.edit.webpay")
        self.assertEqual([p.get("name") for p in form.iter("page")], ["methodprops"])
        inputs = {i.get("name"): i for i in form.iter("input")}
        self.assertEqual({name: tag.get("type") for name, tag in inputs.items()}, {
            "wsb_storeid": "text", "wsb_store": "text", "secret_key": "password", "api_username": "text",
            "api_password": "password", "test": "checkbox"})
        self.assertEqual({name for name, tag in inputs.items() if tag.get("required") == "yes"},
                         {"wsb_storeid", "secret_key"}, "without the API's login it works too")
        for name, tag in inputs.items():
            self.assertEqual(tag.get("private"), "yes", name)

    def test_payment_form_says_what_an_empty_login_costs(self):
        for lang, word in (("en", "lost"), ("ru", "потерялось")):
            self.assertIn(word, texts(WEBPAY)[lang][("paymethod.edit.webpay", "hint_api_username")])

    # ---- the page

    def test_page_answers_every_button(self):
        handler, = PAGE.iter("handler")
        self.assertEqual((handler.get("name"), handler.get("type")), ("ncsync", "xml"))
        functions = {f.get("name") for f in handler.iter("func")}
        page = self.metadata(PAGE, "ncsync.drift")
        buttons = list(page.iter("toolbtn"))
        self.assertEqual(functions, {"ncsync.drift", "ncsync.maintenance"} | {b.get("func") for b in buttons})
        for name in functions:
            self.assertEqual(self.metadata(PAGE, name).get("level"), "admin", "else it is open to every user")
        self.assertEqual({b.get("name"): b.get("type") for b in buttons},
                         {"refresh": "new", "dryrun": "edit", "dryrunall": "new", "apply": "group",
                          "pause": "group", "resume": "group"})
        for button in buttons:
            self.assertEqual(button.get("level"), "admin", button.get("name"))

    def test_page_has_all_texts(self):
        page = self.metadata(PAGE, "ncsync.drift")
        for messages in texts(PAGE).values():
            self.assertIn(("ncsync.drift", "title"), messages)
            for button in page.iter("toolbtn"):
                self.assertIn(("ncsync.drift", f"short_{button.get('name')}"), messages)
                self.assertIn(("ncsync.drift", f"hint_{button.get('name')}"), messages)
                # The panel asks this before it does a group's work; it adds the rows and the question mark.
                question = messages.get(("ncsync.drift", f"msg_ncsync.drift_{button.get('name')}"))
                self.assertEqual(question is not None, button.get("type") == "group", button.get("name"))
                self.assertFalse((question or "").endswith("?"))
            for column in page.iter("col"):
                self.assertIn(("ncsync.drift", column.get("name")), messages)

    def test_page_shows_what_the_addon_answers(self):
        page = self.metadata(PAGE, "ncsync.drift")
        self.assertEqual((page.get("type"), page.get("key"), page.get("keyname"), page.get("autoupdate")),
                         ("list", "id", "login", "60"))
        self.assertEqual([c.get("name") for c in page.iter("col")],
                         ["id", "login", "server", "drift", "since", "state", "reason"])
        form = self.metadata(PAGE, "ncsync.drift.dryrun")
        area, = form.iter("textarea")
        self.assertEqual((area.get("name"), area.get("readonly")), ("plan", "yes"))

    def test_menu_is_for_administrators(self):
        menu, = PAGE.iter("mainmenu")
        self.assertEqual(menu.get("level"), "admin")
        for metadata in PAGE.iter("metadata"):
            self.assertEqual(metadata.get("level"), "admin")
        nodes = [n.get("name") for n in menu.iter("node")]
        self.assertEqual(nodes, ["ncsync", "ncsync.drift"])
        for messages in texts(PAGE).values():
            for node in nodes:
                self.assertIn(("desktop", f"menu_{node}"), messages)


class LogoTest(unittest.TestCase):
    def test_png(self):
        for module in ("pmnextcloud", "pmwebpay"):
            data = (DEPLOY / f"logo/billmanager-plugin-{module}.png").read_bytes()
            self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
            self.assertEqual(struct.unpack(">II", data[16:24]), (128, 128))
            self.assertLess(len(data), 16384)

    def test_svg_is_well_formed_and_self_contained(self):
        for module in ("pmnextcloud", "pmwebpay"):
            root = ET.parse(DEPLOY / f"logo/{module}.svg").getroot()
            self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
            self.assertFalse([e for e in root.iter() if any("href" in a for a in e.attrib)])


if __name__ == "__main__":
    unittest.main()
