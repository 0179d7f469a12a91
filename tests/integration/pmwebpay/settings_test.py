"""The settings of the payment method, as the panel's form has them checked."""

import time
import unittest
from xml.sax.saxutils import escape

from shop import API_PASSWORD, KEY, ShopCase, error

REACHED = {"reached": True, "accepted": True, "said": ""}


class Settings(ShopCase):
    def form(self, **changed):
        fields = {"wsb_storeid": "11111111", "secret_key": KEY, "api_username": "anna", "api_password": API_PASSWORD,
                  "func": "paymethod.edit"} | changed
        return "<doc>" + "".join(f"<{k}>{escape(v)}</{k}>" for k, v in fields.items()) + "</doc>"

    def validate(self, language="en", **changed):
        ran = self.run_command("pmvalidate", self.form(**changed), "--lang", language)
        self.outputs.append(ran.document)
        return ran

    def test_what_it_can_do(self):
        ran = self.run_command("config")
        self.assertEqual({f.tag: f.text for f in ran.doc.find("feature")},
                         {"redirect": "on", "notneedprofile": "on", "pmvalidate": "on", "checkpay": "on"})
        self.assertEqual(ran.doc.findtext("param/payment_script"), "/mancgi/webpaypayment")

    def test_the_login_is_tried(self):
        controller = self.controller_says(REACHED)
        self.assertEqual(self.validate(test="on").code, 0)
        self.assertEqual(controller.requests, [
            {"verb": "payment.probe", "test": True, "login": "anna", "password": API_PASSWORD}])

    def test_without_a_login_nothing_is_asked(self):
        controller = self.controller_says(REACHED)
        self.assertEqual(self.validate(api_username="", api_password="").code, 0)
        self.assertEqual(controller.requests, [])

    def test_a_fault_names_its_field_in_the_persons_language(self):
        controller = self.controller_says(REACHED)
        for field, value in (("wsb_storeid", "abc"), ("secret_key", "a&b"), ("secret_key", ""), ("api_password", ""),
                             ("api_username", ""), ("test", "x"), ("wsb_store", "x" * 65)):
            ran = self.validate(**{field: value})
            self.assertEqual((ran.code, ran.error.get("object"), ran.error.get("value")), (1, field, ""))
        self.assertIn("ампер", self.validate("ru", secret_key="a&b").message)
        self.assertEqual(controller.requests, [])

    def test_what_the_gateway_says_of_the_login(self):
        for answer, type_ in (({"reached": True, "accepted": False, "said": "no"}, "webpay_login_refused"),
                              ({"reached": False, "accepted": None, "said": "no answer"}, "webpay_not_reached"),
                              ({}, "webpay_not_reached"), (error("controller_busy"), "webpay_not_tried"),
                              (error("bad_request"), "webpay_not_tried")):
            self.controller_says(answer)
            ran = self.validate()
            self.assertEqual((ran.error_type, ran.error.get("object")), (type_, "api_username"))

    def test_what_is_not_known_of_the_login_is_not_claimed(self):
        self.controller_says({"reached": True, "accepted": None, "said": ""})
        self.assertEqual(self.validate().code, 0)
        self.assertIn("does not say whether the login is right", self.log("pmwebpay"))

    def test_without_a_controller_it_says_what_was_not_tried(self):
        ran = self.validate()
        self.assertEqual(ran.error_type, "webpay_not_tried")
        self.assertIn("could not be tried", ran.message)

    def test_a_form_is_answered_within_ten_seconds(self):
        self.settings("form_wait = 1s")
        self.controller_says(lambda request: lambda connection: time.sleep(3))
        began = time.monotonic()
        self.assertEqual(self.validate().error_type, "webpay_not_tried")
        self.assertLess(time.monotonic() - began, 10)

    def test_no_document_is_no_form(self):
        for text in ("", "<doc>", "<x/>", "<!DOCTYPE doc><doc/>"):
            self.assertEqual(self.run_command("pmvalidate", text).error_type, "document_bad")

    def test_its_texts_are_for_the_panel(self):
        names = {m.get("name") for m in self.run_command("messages").doc.iter("msg")}
        self.assertLessEqual({"msg_error_webpay_not_tried", "msg_error_document_bad"}, names)

    def test_other_commands_are_refused(self):
        self.assertEqual(self.run_command("rfset").error_type, "unknown_command")


if __name__ == "__main__":
    unittest.main()
