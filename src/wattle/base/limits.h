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
inline constexpr std::size_t kMessageBytes = 16 << 20;     // one message as JSON
inline constexpr std::size_t kMessageDepth = 64;           // lists and objects within each other
inline constexpr std::size_t kMessageValues = 1'000'000;   // of one message
inline constexpr std::size_t kMessageWords = 10'000;       // of a command, or of its environment
inline constexpr std::size_t kPathBytes = 4096;            // of a folder, as the kernel's PATH_MAX

inline constexpr std::size_t kHttpHeadBytes = 16 << 10;  // request line and fields
inline constexpr std::size_t kHttpTargetBytes = 8 << 10;
inline constexpr std::size_t kHttpFields = 100;           // of one head
inline constexpr std::size_t kHttpChunkLineBytes = 256;   // size and extensions of a chunk
inline constexpr std::size_t kHttpExtensionBytes = 4096;  // all extensions of one body
inline constexpr std::size_t kHttpTrailerBytes = 4096;    // fields after a chunked body
inline constexpr std::size_t kHttpBodyBytes = 1 << 20;    // of a request, unless a policy says more
inline constexpr std::size_t kHttpSpoolBytes = 256 << 10;   // then a body is spooled, if it may be
inline constexpr std::size_t kHttpBodiesBytes = 256 << 20;  // bodies in memory, of all connections
inline constexpr std::size_t kHttpLeastRate = 16 << 10;     // bytes a second, of a body
inline constexpr std::size_t kHttpConnections = 2600;
inline constexpr std::size_t kHttpWaitingRequests = 512;       // for a worker
inline constexpr std::size_t kHttpAnswerHeadBytes = 64 << 10;  // what a client takes
inline constexpr std::size_t kHttpAnswerBytes = 256 << 20;     // what a client keeps in memory
inline constexpr std::size_t kEventBytes = 1 << 20;            // one server-sent event

// Of users, tokens, sessions and browsers.
inline constexpr std::size_t kAccessNameBytes = 63;    // of a user or project
inline constexpr std::size_t kAccessLabelBytes = 200;  // of a token; a display name
inline constexpr std::int64_t kUsers = 10'000;
inline constexpr std::int64_t kProjects = 10'000;
inline constexpr std::int64_t kTokensOfUser = 1000;   // revoked and expired ones not counted
inline constexpr double kTokenKeptDays = 90;  // after it was revoked or has expired
inline constexpr std::int64_t kOpenLoginLinks = 100;  // of one user, at once
inline constexpr std::int64_t kSessionsOfUser = 100;  // then the oldest ends
inline constexpr std::int64_t kSweepRows = 500;       // sessions or links removed at once
inline constexpr std::size_t kAccessListRows = 1000;  // users, projects or tokens of one page
inline constexpr std::size_t kVerifiedTokens = 4096;  // remembered, for as many seconds as:
inline constexpr double kVerifiedTokenSeconds = 5;
inline constexpr double kUseNotedSeconds = 60;    // last use of a token or session: how exact
inline constexpr std::size_t kRateKeys = 16'384;  // callers whose rate is watched
inline constexpr std::size_t kRateKeyBytes = 64;  // a longer one is kept by its digest
inline constexpr std::size_t kCookieHeaderBytes = 16 << 10;
inline constexpr std::size_t kCookies = 200;       // of one header
inline constexpr std::size_t kOriginBytes = 2048;  // of a header Host, Origin or Referer
inline constexpr std::size_t kAllowedNames = 100;  // that lead to a server

inline constexpr std::size_t kIdempotencyKeyBytes = 255;
inline constexpr std::size_t kEventsInMemory = 2000;  // of the stream of events, the newest

}  // namespace wattle::limits
