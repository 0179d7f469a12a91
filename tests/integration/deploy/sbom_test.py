"""What dev/sbom writes of the built programs: whole, true to what the loader takes, and with no licence left out."""

import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["BN_SOURCE"]).resolve()
TOOL = SOURCE / "dev/sbom"
PROGRAMS = [os.environ["BN_BIN"], os.environ["BN_MODULE"]]
ENV = dict(os.environ, SOURCE_DATE_EPOCH="1790000000", PYTHONDONTWRITEBYTECODE="1")


def tool():
    """dev/sbom as a module."""
    spec = importlib.util.spec_from_loader("sbom", importlib.machinery.SourceFileLoader("sbom", str(TOOL)))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sbom(*programs, **env):
    return subprocess.run([TOOL, *programs], text=True, capture_output=True, check=False, env=dict(ENV, **env))


@unittest.skipUnless(shutil.which("dpkg-query"), "needs dpkg")
class Sbom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = sbom(*PROGRAMS)
        assert done.returncode == 0, done.stderr
        cls.text, cls.said = done.stdout, json.loads(done.stdout)
        cls.packages = {package["name"]: package for package in cls.said["packages"]}

    def linked(self, kind):
        return {one["relatedSpdxElement"] for one in self.said["relationships"] if one["relationshipType"] == kind}

    def test_it_has_what_spdx_demands(self):
        self.assertEqual((self.said["spdxVersion"], self.said["dataLicense"], self.said["SPDXID"]), ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT"))
        self.assertRegex(self.said["documentNamespace"], r"^https://\S+$")
        self.assertEqual(self.said["creationInfo"]["created"], "2026-09-21T14:13:20Z")
        self.assertTrue(self.said["creationInfo"]["creators"])
        for package in self.said["packages"]:
            self.assertLessEqual({"SPDXID", "name", "versionInfo", "downloadLocation", "licenseConcluded", "licenseDeclared",
                                  "copyrightText"}, package.keys())
        for file in self.said["files"]:
            self.assertEqual([one["algorithm"] for one in file["checksums"]], ["SHA1", "SHA256"])
        ids = [one["SPDXID"] for one in [self.said, *self.said["packages"], *self.said["files"]]]
        self.assertEqual(len(ids), len(set(ids)))
        for one in ids:
            self.assertRegex(one, r"^SPDXRef-[A-Za-z0-9.-]+$")
        for link in self.said["relationships"]:
            self.assertIn(link["spdxElementId"], ids)
            self.assertIn(link["relatedSpdxElement"], ids)
        self.assertEqual(self.linked("DESCRIBES"), {"SPDXRef-Package-bill-nextcloud"})
        self.assertEqual(len(self.linked("CONTAINS")), len(PROGRAMS))

    def test_each_linked_library_is_in_it_with_its_version(self):
        linked = self.linked("DYNAMIC_LINK")
        seen = 0
        for program in PROGRAMS:
            # Another way than the tool's: what the dynamic loader itself lists.
            listed = subprocess.run([program, "--version"], text=True, capture_output=True, check=False,
                                    env=dict(ENV, LD_TRACE_LOADED_OBJECTS="1")).stdout
            for path in re.findall(r"=> (/\S+)", listed):
                real = os.path.realpath(path)
                owner = subprocess.run(["dpkg", "-S", real], text=True, capture_output=True, check=False).stdout or subprocess.run(
                    ["dpkg", "-S", real.removeprefix("/usr")], text=True, capture_output=True, check=True).stdout
                name = owner.split(":")[0]
                with self.subTest(path):
                    self.assertIn(name, self.packages)
                    self.assertIn(self.packages[name]["SPDXID"], linked)
                    version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}\n", name], text=True, capture_output=True, check=True)
                    self.assertIn(self.packages[name]["versionInfo"], version.stdout.splitlines())
                seen += 1
        self.assertGreater(seen, 30)

    def test_headers_that_are_compiled_in_are_in_it_and_those_of_the_tests_are_not(self):
        for name in ("libboost1.81-dev", "libcereal-dev", "libexpected-dev", "nlohmann-json3-dev", "libutfcpp-dev"):
            self.assertIn(self.packages[name]["SPDXID"], self.linked("STATIC_LINK"))
        self.assertEqual(self.packages.keys() & {"libcli11-dev", "libgtest-dev", "librapidcheck-dev", "libcurl4-openssl-dev"}, set())

    def test_each_licence_is_named_or_not_known(self):
        known = set(" ".join(tool().SPDX.values()).replace(" OR ", " ").split())
        kept = {one["licenseId"]: one for one in self.said["hasExtractedLicensingInfos"]}
        for name, package in self.packages.items():
            with self.subTest(name):
                said = package["licenseDeclared"]
                if said == "NOASSERTION":
                    self.assertTrue(package["licenseComments"], "why not")
                    continue
                self.assertRegex(said, r"^[\w.() -]+$")
                self.assertEqual(said.count("("), said.count(")"))
                for word in set(re.findall(r"[\w.-]+", said)) - {"AND", "OR"}:
                    self.assertTrue(word in known or kept[word]["extractedText"], word)
        self.assertEqual(self.packages["bill-nextcloud"]["licenseDeclared"], "Apache-2.0")
        self.assertIn("Apache License", (SOURCE / "LICENSE").read_text(encoding="utf-8"))
        self.assertEqual(self.packages["libsodium23"]["licenseDeclared"], "ISC")
        # Their source packages as a whole are under the GPL, these libraries are not.
        self.assertEqual(self.packages["libmariadb3"]["licenseDeclared"], "LGPL-2.0-or-later")
        self.assertEqual(self.packages["libidn2-0"]["licenseDeclared"], "LGPL-3.0-or-later OR GPL-2.0-or-later")

    def test_the_same_programs_give_the_same_bytes(self):
        self.assertEqual(sbom(*PROGRAMS).stdout, self.text)

    def test_a_library_of_no_package_is_an_error(self):
        with tempfile.TemporaryDirectory(prefix="bn-sbom-") as folder:
            library = next(path for path in tool().libraries(PROGRAMS[0]) if "libfmt" in path)
            shutil.copy(library, folder)
            done = sbom(PROGRAMS[0], LD_LIBRARY_PATH=folder)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"{folder}/{os.path.basename(library)} is of no package", done.stderr)
            self.assertEqual(done.stdout, "")

    def test_a_program_that_is_not_there_is_an_error(self):
        done = sbom("/nowhere/bill-nextcloud")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("/nowhere/bill-nextcloud", done.stderr)


class Copyrights(unittest.TestCase):
    HEAD = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"

    def read(self, text, name="libx1"):
        module = tool()
        with tempfile.TemporaryDirectory(prefix="bn-sbom-") as folder:
            module.COPYRIGHTS = pathlib.Path(folder)
            (pathlib.Path(folder) / name).mkdir()
            (pathlib.Path(folder) / name / "copyright").write_text(text, encoding="utf-8")
            licences = module.Licences()
            return *licences.of(f"{name}:amd64"), licences.extracted

    def test_names_are_spdxs(self):
        for said, wanted in (("Expat", "MIT"), ("GPL-2+", "GPL-2.0-or-later"), ("BSD-3-clause or GPL-2", "BSD-3-Clause OR GPL-2.0-only"),
                             ("ISC and Zlib", "ISC AND Zlib"), ("GPL-2 or ISC, and Zlib", "(GPL-2.0-only OR ISC) AND Zlib"),
                             ("LGPLv3+_or_GPLv2+ and ISC", "(LGPL-3.0-or-later OR GPL-2.0-or-later) AND ISC")):
            self.assertEqual(self.read(f"{self.HEAD}Files: *\nLicense: {said}\n")[0], wanted)

    def test_one_that_spdx_does_not_know_is_kept_with_its_text(self):
        declared, _, extracted = self.read(f"{self.HEAD}Files: *\nLicense: beer\n\nLicense: beer\n Buy me one.\n .\n Or two.\n")
        self.assertEqual(declared, "LicenseRef-libx1-beer")
        self.assertEqual(extracted[declared]["extractedText"], "Buy me one.\n\nOr two.")

    def test_other_files_are_named_and_not_mixed_in(self):
        declared, comment, _ = self.read(f"{self.HEAD}Files: *\nLicense: ISC\n\nFiles: debian/*\nLicense: GPL-2+\n")
        self.assertEqual(declared, "ISC")
        self.assertIn("GPL-2+", comment)

    def test_the_part_that_a_library_is_made_of_counts(self):
        text = f"{self.HEAD}Files: *\nLicense: GPL-2\n\nFiles: libmariadb/*\nLicense: LGPL-2.1+\n"
        self.assertEqual(self.read(text, "libmariadb3")[0], "LGPL-2.1-or-later")
        self.assertEqual(self.read(f"{self.HEAD}Files: *\nLicense: GPL-2\n\nFiles: x/*\nLicense: ISC\n", "libmariadb3")[0], "NOASSERTION")

    def test_what_is_not_said_is_not_guessed(self):
        for text in ("Prose. See /usr/share/common-licenses/LGPL-2.1.\n",
                     f"{self.HEAD}Files: a/*\nLicense: ISC\n\nFiles: b/*\nLicense: Zlib\n"):
            self.assertEqual(self.read(text)[0], "NOASSERTION")


if __name__ == "__main__":
    unittest.main()
