#include "array_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "wattle/base/file.h"
#include "wattle/base/text.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::networks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// As numpy.save writes it: the header is padded so that numbers begin at a multiple of 64.
std::string npy(std::string_view type, std::string_view shape, std::string_view numbers,
                char version = 1, std::string_view order = "False") {
  std::string header =
      concat("{'descr': '", type, "', 'fortran_order': ", order, ", 'shape': ", shape, ", }");
  const std::size_t start = version == 1 ? 10 : 12;
  header.append(63 - (start + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY", 6);
  bytes += version;
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  if (version == 2) {
    bytes += std::string(2, '\0');
  }
  return bytes + header + std::string(numbers);
}

std::string idx(char type, std::initializer_list<unsigned char> shape, std::string_view numbers) {
  std::string bytes{'\0', '\0', type, static_cast<char>(shape.size())};
  for (const auto size : shape) {
    bytes += std::string(3, '\0') + static_cast<char>(size);
  }
  return bytes + std::string(numbers);
}

std::string words_of(std::string_view bytes) {
  const auto array = parse_array("a", bytes);
  return array.ok() ? "no error" : array.error().message();
}

TEST(ArrayFile, ReadsEveryTypeOfNumPy) {
  using std::string_view_literals::operator""sv;
  struct Case {
    std::string_view type;
    std::string_view numbers;
  };
  const std::vector<Case> cases{{"<f4", "\x00\x00\x80\x3f\x00\x00\x00\xc0"sv},
                                {">f4", "\x3f\x80\x00\x00\xc0\x00\x00\x00"sv},
                                {"<f8", "\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\xc0"sv},
                                {"|i1", "\x01\xfe"sv},
                                {"<i2", "\x01\x00\xfe\xff"sv},
                                {"<i4", "\x01\0\0\0\xfe\xff\xff\xff"sv},
                                {"<i8", "\x01\0\0\0\0\0\0\0\xfe\xff\xff\xff\xff\xff\xff\xff"sv}};
  for (const auto& [type, numbers] : cases) {
    for (const char version : {'\1', '\2'}) {
      const auto array = parse_array("a", npy(type, "(2,)", numbers, version));
      ASSERT_TRUE(array.ok()) << type << ": " << array.error().message();
      EXPECT_THAT(array->values, ElementsAre(1, -2)) << type;
      EXPECT_THAT(array->shape, ElementsAre(2));
    }
  }
  EXPECT_THAT(parse_array("a", npy("|u1", "(1, 2)", "\x01\xfe"))->values, ElementsAre(1, 254));
}

TEST(ArrayFile, ReadsIdxAsOfMnist) {
  using std::string_view_literals::operator""sv;
  const auto images = parse_array("a", idx(0x08, {2, 1, 2}, "\x00\x01\x02\xff"sv));
  ASSERT_TRUE(images.ok());
  EXPECT_THAT(images->shape, ElementsAre(2, 1, 2));
  EXPECT_THAT(images->values, ElementsAre(0, 1, 2, 255));
  EXPECT_THAT(parse_array("a", idx(0x0C, {1}, "\0\0\x01\x02"sv))->values, ElementsAre(258));
  EXPECT_THAT(parse_array("a", idx(0x0D, {1}, "\xc0\x00\x00\x00"sv))->values, ElementsAre(-2));
}

TEST(ArrayFile, RefusesWhatIsCutAnywhere) {
  for (const std::string& whole :
       {npy("<f4", "(3, 2)", std::string(24, 'x')), npy("<f4", "(3, 2)", std::string(24, 'x'), 2),
        idx(0x08, {3, 2}, "abcdef")}) {
    ASSERT_TRUE(parse_array("a", whole).ok());
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(parse_array("a", whole.substr(0, size)).ok()) << size << " bytes";
    }
    EXPECT_THAT(words_of(whole + "x"), HasSubstr("it goes on"));
  }
}

TEST(ArrayFile, SaysWhatItCannotRead) {
  EXPECT_THAT(words_of(npy("<f4", "(2, 2)", std::string(16, 'x'), 1, "True")),
              HasSubstr("Fortran order"));
  EXPECT_THAT(words_of(npy("<c8", "(1,)", std::string(8, 'x'))), HasSubstr("type <c8"));
  EXPECT_THAT(words_of(npy("|O", "(1,)", "x")), HasSubstr("type |O"));
  EXPECT_THAT(words_of(npy("<f4", "()", "xxxx")), HasSubstr("0 dimensions"));
  EXPECT_THAT(words_of(npy("<f4", "(1, 1, 1, 1, 1)", "xxxx")), HasSubstr("5 dimensions"));
  EXPECT_THAT(words_of(npy("<f4", "(-1,)", "xxxx")), HasSubstr("'-1' in its shape"));
  EXPECT_THAT(words_of(npy("<f4", "(99999999, 99999999)", "x")), HasSubstr("promises more than"));
  EXPECT_THAT(words_of(npy("<f4", "(1,)", "xxxx", 3)), HasSubstr("version 3"));
  EXPECT_THAT(words_of("x,y\n1,2\n"), HasSubstr("neither NPY nor IDX"));
  EXPECT_THAT(words_of(idx(0x08, {9, 9}, "abc")), HasSubstr("is truncated"));
}

class ArrayFileTest : public ::testing::Test {
 protected:
  std::string write_gzip(const std::string& name, const std::string& bytes) {
    const std::string path = folder_ / name;
    gzFile file = ::gzopen(path.c_str(), "wb");
    ::gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    ::gzclose(file);
    return path;
  }
  support::TemporaryFolder folder_;
};

TEST_F(ArrayFileTest, ReadsGzipAndNoticesThatItIsTruncated) {
  const std::string path = write_gzip("a.gz", idx(0x08, {100, 100}, std::string(10'000, 'a')));
  EXPECT_TRUE(is_array_file(path));
  ASSERT_TRUE(read_array(path).ok());
  RealFileSystem files;
  const std::string bytes = *files.read(path, 1 << 20);
  folder_.write("cut.gz", bytes.substr(0, bytes.size() - 6));
  const auto cut = read_array(folder_ / "cut.gz");
  ASSERT_FALSE(cut.ok());
  EXPECT_THAT(cut.error().message(), HasSubstr("damaged or truncated"));
}

TEST_F(ArrayFileTest, KnowsArraysByTheirContent) {
  folder_.write("data.npy", "x,y\n1,2\n");
  folder_.write("empty", "");
  EXPECT_FALSE(is_array_file(folder_ / "data.npy"));
  EXPECT_FALSE(is_array_file(folder_ / "empty"));
  EXPECT_FALSE(is_array_file(folder_ / "none"));
  EXPECT_EQ(read_array(folder_ / "none").error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace wattle::networks
