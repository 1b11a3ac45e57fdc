// Every bound of the system in one place: queues, bodies, lines, retries. What is over one gets a
// clear error.
//
// Units:    in the name, else a count. Errors: none. Threads: constants. Lifetime: constants.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wattle::limits {

inline constexpr std::size_t kRecordBytes = 1 << 20;      // one frame of a record segment
inline constexpr std::int64_t kSegmentBytes = 64 << 20;   // then a new segment is begun
inline constexpr std::size_t kSpecFileBytes = 1 << 20;    // wattle.yaml
inline constexpr std::size_t kSpecDepth = 32;             // nesting of wattle.yaml
inline constexpr std::size_t kSpecNodes = 20'000;         // values of wattle.yaml, aliases counted
inline constexpr std::size_t kSpecTextBytes = 256 << 10;  // one text of it, expressions replaced
inline constexpr std::size_t kSpecProblems = 20;          // told at once about one wattle.yaml
inline constexpr std::size_t kSmallFileBytes = 16 << 20;  // JSON documents of ours, sysfs, procfs
inline constexpr std::size_t kCsvLineBytes = 1 << 20;
inline constexpr std::size_t kLogLineBytes =
    64 << 10;  // one line of a job's output; longer ones are cut
inline constexpr std::int64_t kJobOutputBytes =
    256 << 20;                                     // default of output_limit; the oldest half goes
inline constexpr std::size_t kMetricNames = 1000;  // metrics of one run
inline constexpr std::size_t kMetricPoints = 1'000'000;  // points of one run
inline constexpr std::size_t kMeterClients = 256;        // supervisors connected to one node meter
inline constexpr std::size_t kGroupProcesses = 65536;    // processes of one job that are walked
inline constexpr std::int64_t kCheckpointLogBytes = 4 << 20;  // then its older half goes
inline constexpr std::size_t kArtifacts = 10'000;        // files of one run's outputs
inline constexpr std::size_t kArtifactEntries = 100'000;  // files, folders and links of a folder
inline constexpr std::size_t kManifestBytes = 64 << 20;   // the manifest of such a folder
inline constexpr std::size_t kArtifactProblems = 1000;    // told at once about the artifacts
inline constexpr std::size_t kRegistryKeyBytes = 250;     // of a param, tag or metric
inline constexpr std::size_t kRegistryNameBytes = 500;    // of an experiment, run or model
inline constexpr std::size_t kParamValueBytes = 6000;
inline constexpr std::size_t kTagValueBytes = 8000;
inline constexpr std::size_t kDescriptionBytes = 100'000;  // of a model or version
inline constexpr std::size_t kAliasBytes = 255;
inline constexpr std::size_t kIndexedValueBytes = 128;  // of a param or tag; the rest is compared
inline constexpr std::size_t kRunTexts = 2000;          // params of one run; tags of one run
inline constexpr std::size_t kLogBatch = 1000;          // params, tags or metrics of one call
inline constexpr std::size_t kFilterBytes = 16 << 10;   // the filter of a listing
inline constexpr std::size_t kFilterConditions = 50;
inline constexpr std::size_t kFilterDepth = 32;   // parentheses and NOTs within each other
inline constexpr std::size_t kListLimit = 10'000;  // runs of one page
inline constexpr std::size_t kLineageNodes = 10'000;  // of one answer

}  // namespace wattle::limits
