#include "checkpoint.h"

#include <algorithm>
#include <map>

#include "wattle/base/bytes.h"
#include "wattle/base/hash.h"
#include "wattle/base/text.h"

namespace wattle::training {
namespace {

constexpr std::size_t kCheckpointBytes = std::size_t{4} << 30;
constexpr std::size_t kKept = 2;
constexpr std::string_view kSuffix = ".checkpoint";
constexpr std::size_t kDigits = 12;

std::string magic_of(std::string_view kind) {
  return concat("wattle-", kind, "-checkpoint-2\n");
}

/// Padded, so that the order of names is the order of steps.
std::string file_name(std::string_view kind, std::int64_t step) {
  const std::string digits = std::to_string(step);
  return concat(kind, "-", std::string(kDigits - std::min(kDigits, digits.size()), '0'), digits,
                kSuffix);
}

std::map<std::string, std::string, std::less<>> parse_lines(std::string_view text) {
  std::map<std::string, std::string, std::less<>> values;
  for (const auto line : split(text, '\n')) {
    const auto equals = line.find('=');
    if (equals != std::string_view::npos) {
      values.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
  }
  return values;
}

}  // namespace

std::string encode_checkpoint(std::string_view kind, const Checkpoint& checkpoint) {
  ByteWriter body;
  body.text(checkpoint.training);
  body.u32(static_cast<std::uint32_t>(checkpoint.threads));
  body.i64(checkpoint.step);
  body.text(checkpoint.state);
  ByteWriter frame;
  frame.u32(crc32_of(body.bytes()));
  return concat(magic_of(kind), frame.bytes(), body.bytes());
}

Result<Checkpoint> decode_checkpoint(std::string_view kind, std::string_view bytes) {
  const std::string magic = magic_of(kind);
  if (!bytes.starts_with(magic)) {
    return Error(ErrorCode::kParse, "it is no checkpoint of this version");
  }
  bytes.remove_prefix(magic.size());
  ByteReader frame(bytes);
  const std::uint32_t crc = frame.u32();
  const std::string_view body = bytes.substr(std::min<std::size_t>(bytes.size(), 4));
  if (!frame.ok() || crc32_of(body) != crc) {
    return Error(ErrorCode::kParse, "it is damaged (its checksum does not fit)");
  }
  ByteReader reader(body);
  Checkpoint checkpoint;
  checkpoint.training = reader.text();
  checkpoint.threads = static_cast<int>(reader.u32());
  checkpoint.step = reader.i64();
  checkpoint.state = reader.text();
  if (!reader.ok() || !reader.at_end()) {
    return Error(ErrorCode::kParse, "it is damaged (its fields do not fit)");
  }
  return checkpoint;
}

std::string describe_differences(std::string_view here, std::string_view there) {
  const auto ours = parse_lines(here);
  const auto theirs = parse_lines(there);
  std::vector<std::string> differences;
  for (const auto& [name, value] : ours) {
    const auto other = theirs.find(name);
    const std::string their_value = other == theirs.end() ? "absent" : other->second;
    if (their_value != value) {
      differences.push_back(concat(name, " is ", value, " here and ", their_value, " there"));
    }
  }
  constexpr std::size_t kShown = 3;
  const std::size_t more = differences.size() - std::min(differences.size(), kShown);
  differences.resize(std::min(differences.size(), kShown));
  return join(differences, ", ") + (more > 0 ? concat(", and ", more, " more") : "");
}

Status CheckpointStore::prepare() {
  return files_.make_directories(folder_);
}

Result<std::vector<std::string>> CheckpointStore::names() {
  WATTLE_ASSIGN_OR_RETURN(auto names, files_.list(folder_));
  std::erase_if(names, [&](const std::string& name) {
    return !name.starts_with(kind_ + "-") || !name.ends_with(kSuffix);
  });
  std::ranges::sort(names, std::greater());
  return names;
}

Result<std::string> CheckpointStore::save(const Checkpoint& checkpoint) {
  const std::string path = path_join(folder_, file_name(kind_, checkpoint.step));
  WATTLE_RETURN_IF_ERROR(files_.write_atomic(path, encode_checkpoint(kind_, checkpoint)));
  WATTLE_ASSIGN_OR_RETURN(const auto all, names());
  for (std::size_t i = kKept; i < all.size(); ++i) {
    const std::string old = path_join(folder_, all[i]);
    if (old != path) {  // after a resume from an older one, newer ones may stand above it
      WATTLE_RETURN_IF_ERROR(files_.remove_all(old));
    }
  }
  return path;
}

Result<CheckpointStore::Found> CheckpointStore::load(std::string_view training,
                                                     const std::string& first) {
  Found found;
  WATTLE_ASSIGN_OR_RETURN(const auto all, names());
  std::vector<std::string> paths;
  if (!first.empty()) {
    paths.push_back(first);
  }
  for (const auto& name : all) {
    paths.push_back(path_join(folder_, name));
  }
  for (const auto& path : paths) {
    const auto bytes = files_.read(path, kCheckpointBytes);
    auto checkpoint =
        bytes.ok() ? decode_checkpoint(kind_, *bytes) : Result<Checkpoint>(bytes.error());
    if (!checkpoint.ok()) {
      found.notes.push_back(
          concat("checkpoint ", path, " is passed over: ", checkpoint.error().message()));
      continue;
    }
    if (checkpoint->training != training) {
      return Error(ErrorCode::kInvalidArgument,
                   concat("the checkpoint ", path, " is of another training: ",
                          describe_differences(training, checkpoint->training),
                          "; name another --checkpoint folder, or remove this one"));
    }
    found.checkpoint = std::move(*checkpoint);
    return found;
  }
  if (!found.notes.empty()) {
    found.notes.push_back("no checkpoint is usable; the training starts anew");
  }
  return found;
}

}  // namespace wattle::training
