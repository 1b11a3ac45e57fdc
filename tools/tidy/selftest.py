#!/usr/bin/env python3
"""Tests of the rules: each is shown something that it must find and something that it must not."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import rules_calls  # noqa: E402
import rules_documents  # noqa: E402
import rules_files  # noqa: E402
import rules_house  # noqa: E402
import rules_sizes  # noqa: E402
from allow import AllowList  # noqa: E402
from cpp import Source  # noqa: E402
from finding import Finding  # noqa: E402
from repository import Repository  # noqa: E402
from rules import RULES, check  # noqa: E402

HEADER = "// What.\n//\n// Units: none. Errors: none. Threads: any. Lifetime: none.\n#pragma once\n"


class RuleTest(unittest.TestCase):
    def messages(self, rule, files, executable=()):
        return [str(each) for each in rule(Repository.of_files(files, executable))]

    def finds(self, rule, files, *parts):
        """The rule finds as many things as there are parts, each saying its part."""
        found = self.messages(rule, files)
        self.assertEqual(len(found), len(parts), found)
        for message, part in zip(found, parts):
            self.assertIn(part, message)


class Sizes(RuleTest):
    def test_file_length(self):
        self.finds(rules_sizes.file_length, {"a.cpp": "x\n" * 400, "data.csv": "x\n" * 900})
        self.finds(rules_sizes.file_length, {"a.cpp": "x\n" * 600}, "a.cpp:600: warning: ")
        self.finds(rules_sizes.file_length, {"a.cpp": "x\n" * 601}, "a.cpp:601: file_length: ")

    def test_line_width(self):
        self.finds(rules_sizes.line_width, {"a.h": "é" * 100, "b.md": "|" + "x" * 200})
        self.finds(rules_sizes.line_width, {"a.h": "x\n" + "x" * 101}, "a.h:2: line_width: 101")
        self.finds(rules_sizes.line_width, {"b.md": f"```\n{'y' * 120}\n```\n{'x' * 101}"},
                   "b.md:4")

    def test_function_length(self):
        body = "  x();\n" * 68
        self.finds(rules_sizes.function_length, {"a.cpp": f"void f() {{\n{body}}}\n"})
        self.finds(rules_sizes.function_length, {"a.cpp": f"\nvoid A::f() {{\n{body}\n}}\n"},
                   "a.cpp:2: function_length: A::f has 71 lines")
        self.finds(rules_sizes.function_length, {"a.py": "def f():\n" + "    x()\n" * 70},
                   "f has 71")

    def test_parameters(self):
        self.finds(rules_sizes.parameters, {
            "a.cpp": "int f(A a, B<C, D<E, F>> b, int c = g(1, 2), D d, E e) { return 1; }\n"})
        self.finds(rules_sizes.parameters, {"a.cpp": "int f(A a, B b, C c, D d, E e, F f) { }\n"},
                   "f has 6 parameters")

    def test_nesting(self):
        deep = "void f() {{ if (a) {{ for (;;) {{ while (b) {{ {} }} }} }} }}\n"
        self.finds(rules_sizes.nesting, {"a.cpp": deep.format("g({1, 2});")})
        self.finds(rules_sizes.nesting, {"a.cpp": deep.format("if (c) { g(); }")},
                   "warning: nesting: f nests 4 deep")


class Reading(unittest.TestCase):
    """cpp.Source: what counts as code, and what as a function."""

    def names(self, text):
        return [function.name for function in Source(text).functions]

    def test_comments_and_strings_are_no_code(self):
        source = Source("a; // b\n\"c{\" /* d\n */ 'e' 1'000 R\"(f\n)\" g")
        self.assertEqual([line for line, _ in source.comments], [1, 2])
        self.assertEqual(source.code.count("\n"), 3)
        for hidden in "bcdef":
            self.assertNotIn(hidden, source.code)
        self.assertIn("1'000", source.code)

    def test_functions_are_found_wherever_they_stand(self):
        self.assertEqual(self.names(
            "namespace a {\nstruct S : T<U> {\n  S(int x) : x_{x}, y_(g({1})) { h(); }\n"
            "  bool operator<(const S& o) const { return x_ < o.x_; }\n  int x_ = 0;\n};\n"
            "template <typename T>\nauto f(T t) -> std::vector<T> { return {t}; }\n"
            "const std::array<int, 2> k{f(1), 2};\nint v = f({1});\n"
            "enum class E { kA };\nTEST(Subject, Behaves) { EXPECT_TRUE(true); }\n}\n"),
            ["S", "operator_", "f", "TEST"])

    def test_macros_are_no_functions(self):
        text = "#define M(a) \\\n  void f() { a; }\nint g() { return 1; }"
        self.assertEqual(self.names(text), ["g"])


class Calls(RuleTest):
    def test_banned(self):
        for code, instead in {
                "std::cout << 1;": "output that was passed in", "printf(x);": "output",
                "int i = rand();": "Rng", "std::random_device d;": "Rng",
                "system(x);": "Subprocess", "std::this_thread::sleep_for(x);": "timer",
                "auto t = std::chrono::system_clock::now();": "Clock", "time(nullptr);": "Clock",
                "using namespace std;": "name what is used", "auto* p = new A;": "make_unique",
                "delete p;": "unique_ptr", "sprintf(a, b);": "fmt", "atoi(s);": "parse_integer",
        }.items():
            self.finds(rules_calls.banned, {"a.cpp": f"\nvoid f() {{ {code} }}\n"}, instead)

    def test_banned_leaves_the_rest_alone(self):
        self.finds(rules_calls.banned, {"src/x/main.cpp": "Output out(std::cout);\n", "a.cpp": (
            "#include <new>\n// rand() system(x) new delete\nauto s = \"std::cout\";\n"
            "A(const A&) = delete;\nvoid operator delete(void*);\nsnprintf(a, 1, b);\n"
            "auto p = std::unique_ptr<A>(\n    new A(x));\nbrand(); rng.rand(); file_system(a);\n"
            "utc_time(0); clock.sleep(x); fmt::printf_like(a);\n")})

    def test_bare_units(self):
        for code in ("double joules = 1;", "void f(float idle_watts);", "double total_grams() {"):
            self.finds(rules_calls.bare_units, {"a.h": code}, "units.h")
        self.finds(rules_calls.bare_units, {
            "a.h": "Joules joules;\nconstexpr double kJoulesPerKwh = 3.6e6;\n// double watts\n"})

    def test_unfinished(self):
        mark, later = "TO" + "DO", "FIX" + "ME"
        self.finds(rules_calls.unfinished, {"a.h": f"// {mark}: x\n", "b.py": f"# {later}(#1)\n"},
                   "a.h:1: unfinished", "b.py:1: unfinished")
        self.finds(rules_calls.unfinished, {"a.h": f"// {mark}(#12): x\n", "c.md": mark})


class House(RuleTest):
    def test_header_template(self):
        self.finds(rules_house.header_template, {"a.h": HEADER})
        self.finds(rules_house.header_template, {"a.h": "#pragma once\n"}, "says what it is")
        self.finds(rules_house.header_template, {"a.h": HEADER.replace("Threads", "Thread")},
                   "lacks Threads:")
        self.finds(rules_house.header_template,
                   {"a.h": HEADER.replace("#pragma once", "#ifndef A")},
                   "a.h:4: header_template: #pragma once")

    def test_include_path(self):
        files = {"src/wattle/a/a.h": "", "src/wattle/a/a.cpp": '#include "wattle/b/b.h"\n'
                                                               '#include "a.h"\n#include <x/y.h>\n'}
        self.finds(rules_house.include_path, files)
        files["src/wattle/a/a.cpp"] = ('#include "../b/b.h"\n#include "wattle/b/../c/c.h"\n'
                                       '#include "b.h"\n')
        self.finds(rules_house.include_path, files, "../b/b.h", "wattle/b/../c/c.h", '"b.h"')

    def test_belongs(self):
        files = {"CMakeLists.txt": "add_subdirectory(src)\n",
                 "src/CMakeLists.txt": "add_subdirectory(a)\n# add_subdirectory(b)\n",
                 "src/a/CMakeLists.txt": "wattle_module(a FLOOR 0)\nset(x parts/*.cpp)\n",
                 "src/b/CMakeLists.txt": "wattle_module(b FLOOR 0)\n",
                 "src/a/a.cpp": "", "src/a/parts/p.cpp": ""}
        self.finds(rules_house.belongs, files)
        self.finds(rules_house.belongs, files | {"src/b/b.cpp": "", "src/a/deep/d.cpp": ""},
                   "src/a/deep/d.cpp", "src/b/b.cpp")

    def test_dead_header(self):
        files = {"src/wattle/a/a.h": "", "tests/support/s.h": "",
                 "src/wattle/b/b.cpp": '#include "wattle/a/a.h"\n#include "wattle/support/s.h"\n'}
        self.finds(rules_house.dead_header, files)
        self.finds(rules_house.dead_header, files | {"src/wattle/b/b.cpp": '// "wattle/a/a.h"\n'},
                   "src/wattle/a/a.h", "tests/support/s.h")

    def test_module_readme(self):
        files = {"src/a/CMakeLists.txt": "wattle_module(a FLOOR 0)\n"}
        self.finds(rules_house.module_readme, files, "write src/a/README.md")
        self.finds(rules_house.module_readme, files | {"src/a/README.md": "# a\n"})


class Documents(RuleTest):
    def test_links(self):
        files = {"README.md": "# Top\n[a](docs/a.md) [b](docs/a.md#the-2nd-half) [c](#top)\n"
                              "[d](docs) [e](https://x.y/z) `[f](g)`\n```\n[h](i)\n```\n",
                 "docs/a.md": "# A\n## The 2nd *half*\n[up](../README.md#top)\n",
                 "src/a.h": "// See: docs/a.md#a and b.md.\n", "src/b.md": ""}
        self.finds(rules_documents.links, files)
        files["README.md"] = "[a](doc/a.md)\n[b](docs/a.md#half)\n![c](c.png)"
        files["src/a.h"] = "// See: docs/b.md.\n"
        self.finds(rules_documents.links, files, "README.md:1: links: 'doc/a.md'",
                   "README.md:2: links: docs/a.md has no heading '#half'", "'c.png'", "docs/a.md:3",
                   "docs/b.md")


class Files(RuleTest):
    def test_large_blob(self):
        self.finds(rules_files.large_blob, {"a.bin": "x" * 256 * 1024})
        self.finds(rules_files.large_blob, {"a.bin": "x" * (256 * 1024 + 1)}, "write a loader")

    def test_shell_syntax(self):
        good = "#!/usr/bin/env bash\nset -euo pipefail\nif true; then echo; fi\n"
        self.finds(rules_files.shell_syntax, {
            "tools/x": good, "y.py": "#!/usr/bin/env python3\nif"})
        self.finds(rules_files.shell_syntax, {"tools/x": good.replace("fi\n", "\n")}, "tools/x:4")
        self.finds(rules_files.shell_syntax, {"tools/x": good.replace("-euo", "-eu")},
                   "set -euo pipefail")

    def test_permissions(self):
        files = {"tools/x": "#!/bin/sh\n", "a.cpp": ""}
        self.assertEqual(self.messages(rules_files.permissions, files, {"tools/x"}), [])
        found = self.messages(rules_files.permissions, files, {"a.cpp"})
        self.assertEqual(len(found), 2, found)

    def test_whitespace(self):
        self.finds(rules_files.whitespace,
                   {"a.h": "a\n\nb\n", "Makefile": "a:\n\tb\n", "c.csv": "a "})
        self.finds(rules_files.whitespace, {"a.h": "a \n", "b.h": "\ta\n", "c.h": "a\r\n",
                                            "d.h": "a", "e.h": "a\n\n"},
                   "trailing", "tab", "trailing", "one line break", "one line break")

    def test_machine_paths(self):
        home = "/ho" + "me/ada/x"
        self.finds(rules_files.machine_paths,
                   {"a.md": home, "b.md": "/nowhere/project/x", "c.md": "in /nowhere/else"},
                   "a.md", "b.md", "c.md")
        self.finds(rules_files.machine_paths,
                   {"a.md": "https://x.y" + home + " ~/x /usr/bin /nowhere"})


class Allow(unittest.TestCase):
    FINDING = Finding("src/a.cpp", 3, "banned", "x")

    def test_an_exception_excuses_its_rule_on_its_paths(self):
        allow = AllowList("# why\nbanned src/*.cpp  # reason\n")
        self.assertTrue(allow.excuses(self.FINDING))
        self.assertFalse(allow.excuses(Finding("src/a.cpp", 3, "links", "x")))
        self.assertEqual(allow.unused(), [])

    def test_an_exception_needs_a_reason_and_a_use(self):
        allow = AllowList("banned src/a.cpp\nbanned src/b.cpp # reason\n")
        self.assertFalse(allow.excuses(self.FINDING))
        messages = [str(each) for each in allow.unused()]
        self.assertEqual(len(messages), 2)
        self.assertIn("give the reason", messages[0])
        self.assertIn("excuses nothing", messages[1])

    def test_findings_that_are_excused_are_not_reported(self):
        files = Repository.of_files({"src/x.csv": "x" * 300000})
        self.assertEqual(len(check(files, AllowList(""))), 1)
        self.assertEqual(check(files, AllowList("large_blob src/x.csv # small enough\n")), [])


class Rules(unittest.TestCase):
    def test_every_rule_has_a_test_here_and_says_what_it_is_for(self):
        tested = Path(__file__).read_text()
        for rule in RULES:
            self.assertIn(f"    def test_{rule.__name__}(", tested)
            self.assertTrue(rule.__doc__.strip())


if __name__ == "__main__":
    unittest.main()
