#include "wattle/spec/document.h"

#include <gtest/gtest.h>

#include "wattle/base/limits.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::spec {
namespace {

std::string refusal(const std::string& text) {
  const auto document = parse_document(text, "wattle.yaml");
  return document.ok() ? "accepted" : document.error().message();
}

Document parsed(const std::string& text, const std::vector<std::string>& overrides = {}) {
  auto document = parse_document(text, "wattle.yaml", overrides);
  EXPECT_TRUE(document.ok()) << document.error().message();
  return *std::move(document);
}

std::string json_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return to_canonical_json(parsed(text, overrides).root());
}

TEST(Document, KeepsPlacesInCharacters) {
  const Document document = parsed("a: 1\nb:\n  \xC3\xA9\xC3\xA9: \xC3\xB6\n");
  const Node* inner = document.root().find("b")->find("\xC3\xA9\xC3\xA9");
  EXPECT_EQ(document.locate(inner->at), "wattle.yaml:3:7");
  EXPECT_EQ(document.locate(document.root().entries[1].at), "wattle.yaml:2:1");
}

TEST(Document, KeepsPlacesAfterWindowsLineEndsAndMark) {
  const Document document = parsed(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: {c: x}\r\n");
  EXPECT_EQ(document.locate(document.root().find("b")->find("c")->at), "wattle.yaml:2:8");
  EXPECT_EQ(document.root().find("a")->text, "1");
}

TEST(Document, TellsQuotedFromPlain) {
  EXPECT_EQ(json_of("{a: 1, b: '1', c: true, d: \"true\", e: 0x10, f: 1e3, g: ~, h: -0.5}"),
            R"({"a":1,"b":"1","c":true,"d":"true","e":"0x10","f":1e3,"g":null,"h":-0.5})");
}

TEST(Document, RefusesWhatIsNoYamlWithItsPlace) {
  EXPECT_EQ(refusal("a: b: c\n"),
            "wattle.yaml:1:5: a ':' where no key can stand; check the indentation, and quote a "
            "text that holds ': '");
  EXPECT_EQ(refusal("a:\n\tb: 1\n"),
            "wattle.yaml:2:3: this line is indented by a tab; YAML takes spaces only");
  EXPECT_EQ(refusal("a:\n  b: 1\n\tc: 2\n"),
            "wattle.yaml:3:1: this line is indented by a tab; YAML takes spaces only");
  EXPECT_EQ(refusal("a: [1, 2\n"), "wattle.yaml:2:1: a '[' is never closed by ']'");
  EXPECT_EQ(refusal("a: {b: 1\n"), "wattle.yaml:2:1: a '{' is never closed by '}'");
  EXPECT_EQ(refusal("a: \"x\n"), "wattle.yaml:1:4: the quote that opens here is never closed");
  EXPECT_EQ(refusal("a: 'it''s\n"), "wattle.yaml:1:4: the quote that opens here is never closed");
  EXPECT_EQ(refusal("a: @x\n"),
            "wattle.yaml:1:4: a value cannot begin with this character; put it in quotes");
  EXPECT_EQ(refusal("a: \"\\q\"\n"), "wattle.yaml:1:7: no valid YAML: unknown escape character: q");
}

TEST(Document, RefusesWhatIsYamlButNotOurs) {
  EXPECT_EQ(refusal(""), "wattle.yaml:1:1: the file is empty; it needs at least a 'run' key");
  EXPECT_EQ(refusal("# only words\n"),
            "wattle.yaml:1:1: the file is empty; it needs at least a 'run' key");
  EXPECT_EQ(refusal("- a\n- b\n"),
            "wattle.yaml:1:1: a list where keys are wanted, e.g. run: python train.py");
  EXPECT_EQ(refusal("hello\n"),
            "wattle.yaml:1:1: a single value where keys are wanted, e.g. run: python train.py");
  EXPECT_EQ(refusal("a: 1\n---\nb: 2\n"),
            "wattle.yaml:2:1: a second document begins here; a wattle.yaml holds one");
  EXPECT_EQ(refusal("a: 1\nb: 2\na: 3\n"),
            "wattle.yaml:3:1: key 'a' stands twice: first at 1:1, again here");
  EXPECT_EQ(refusal("a: !!str 1\n"),
            "wattle.yaml:1:4: tags such as '!!str' are not supported; quote a value to make it "
            "text");
  EXPECT_EQ(refusal("? [a]\n: 1\n"), "wattle.yaml:1:3: a key must be a word, and here is a list");
  EXPECT_EQ(refusal("a: *b\n"), "wattle.yaml:1:4: this alias has no anchor before it");
  EXPECT_EQ(refusal("a: &b [*b]\n"), "wattle.yaml:1:8: this alias stands inside its own anchor");
  EXPECT_EQ(refusal("a: \"\\0\"\n"), "wattle.yaml:1:4: a text must not hold the character NUL");
}

TEST(Document, RefusesOtherEncodings) {
  EXPECT_EQ(refusal("a: 1\nb: \xE4\n"),
            "wattle.yaml:2:4: a byte that is no UTF-8; save the file as UTF-8");
  EXPECT_EQ(refusal("a: \xED\xA0\x80\n"),
            "wattle.yaml:1:4: a byte that is no UTF-8; save the file as UTF-8");
  EXPECT_EQ(refusal(std::string("\xFF\xFE"
                                "a\0",
                                4)),
            "wattle.yaml:1:1: the file is UTF-16; save it as UTF-8");
  EXPECT_EQ(refusal(std::string("a: \0b", 5)),
            "wattle.yaml:1:4: a control character; only tabs and line ends are allowed");
  // The library takes this one for the end of the file.
  EXPECT_EQ(refusal("a: \x04\nb: 1"),
            "wattle.yaml:1:4: a control character; only tabs and line ends are allowed");
}

TEST(Document, BoundsDepthSizeAndValues) {
  EXPECT_EQ(refusal("a: " + std::string(40, '[') + std::string(40, ']')),
            "wattle.yaml:1:35: nested deeper than 32 levels");
  EXPECT_EQ(refusal(std::string(100'000, '[')), "wattle.yaml:1:17: nested deeper than 32 levels");
  EXPECT_EQ(refusal(std::string(limits::kSpecFileBytes + 1, ' ')),
            "wattle.yaml is larger than the 1048576 bytes that are allowed");
  std::string many = "a: [";
  for (std::size_t i = 0; i < limits::kSpecNodes; ++i) {
    many += "1,";
  }
  EXPECT_NE(refusal(many + "]").find("more than 20000 values, aliases included"),
            std::string::npos);
}

TEST(Document, RefusesAliasesThatMultiply) {
  std::string laughs = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    const std::string name = "a" + std::to_string(i);
    laughs += name + ": &" + name + " [" + below + ", " + below + "]\n";
  }
  EXPECT_NE(refusal(laughs).find("more than 20000 values, aliases included"), std::string::npos);
  std::string copies = "a: &a " + std::string(300'000, 'x') + "\nb: [*a, *a, *a, *a]\n";
  EXPECT_EQ(refusal(copies), "wattle.yaml:2:17: aliases bring more than 1048576 bytes");
  EXPECT_EQ(json_of("a: &x {b: 1}\nc: *x\n"), R"({"a":{"b":1},"c":{"b":1}})");
}

TEST(Document, AppliesOverridesInTheirOrder) {
  EXPECT_EQ(json_of("a: {b: 1}\n", {"a.b=2", "a.c=[1, 'x']", "d.e.f=echo a: b # c", "a.b=3"}),
            R"({"a":{"b":3,"c":[1,"x"]},"d":{"e":{"f":"echo a: b # c"}}})");
  EXPECT_EQ(json_of("a: [x, y]\n", {"a.1=z"}), R"({"a":["x","z"]})");
  EXPECT_EQ(json_of("a: 1\n", {"a={b: {c: 2}}"}), R"({"a":{"b":{"c":2}}})");
  EXPECT_EQ(json_of("", {"run=true"}), R"({"run":true})");
}

TEST(Document, NamesTheOverrideThatDoesNotFit) {
  const auto refused = [](const std::string& assignment) {
    const std::vector<std::string> overrides{assignment};
    return parse_document("a: 1\nb: [x]\n", "wattle.yaml", overrides).error().message();
  };
  EXPECT_EQ(refused("a.b=1"), "--set a.b=1: 'a' holds a single value, and so no key 'b'");
  EXPECT_EQ(refused("b.7=1"),
            "--set b.7=1: 'b' is a list of 1, and '7' names none of its items (they count from 0)");
  EXPECT_EQ(refused("a"), "--set a: write it as KEY=VALUE, e.g. resources.cpus=4");
  EXPECT_EQ(refused("=1"), "--set =1: write it as KEY=VALUE, e.g. resources.cpus=4");
  EXPECT_EQ(refused("a..b=1"), "--set a..b=1: write it as KEY=VALUE, e.g. resources.cpus=4");
  EXPECT_EQ(refused("c=[1"), "--set c=[1: the value, 1:3: a '[' is never closed by ']'");
}

TEST(Document, SaysWhatIsWrongWithThePath) {
  const support::TemporaryFolder folder;
  RealFileSystem files;
  const auto refused = [&files](const std::string& path) {
    return load_document(files, path).error();
  };
  EXPECT_EQ(refused(folder / "none.yaml").message(),
            folder / "none.yaml" + ": there is no such file");
  EXPECT_EQ(refused(folder / "none.yaml").code(), ErrorCode::kNotFound);
  EXPECT_EQ(refused(folder.path()).message(), folder.path() + " is a folder, and a file is wanted");
  const std::string path = folder.write("wattle.yaml", "run: echo\n");
  EXPECT_EQ(refused(folder.path()).message(),
            folder.path() + " is a folder; did you mean " + path + "?");
  EXPECT_EQ(load_document(files, path)->root().find("run")->text, "echo");
  EXPECT_EQ(refused(folder.write("big.yaml", std::string(2 << 20, ' '))).code(),
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace wattle::spec
