// Pieces of an OpenAPI 3.1 document: operations, whose bodies are described types. Whoever answers
// the operations lists them; the document follows.
//
// Units:    none.
// Errors:   kInvalidArgument names the operation and what is wrong with it: an id or a path and
//           method that is there twice, a path whose parameters are not described, no response.
// Threads:  pure functions. Lifetime: views of an Operation outlive the call; a Type the program.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/messages/json_schema.h"

namespace wattle::messages {

enum class HttpMethod { kGet, kPost, kPut, kPatch, kDelete };
enum class ParameterPlace { kPath, kQuery, kHeader };
enum class Needed { kNo, kYes };

struct Parameter {
  std::string_view name;
  ParameterPlace place = ParameterPlace::kQuery;
  std::string_view about;
  TypeGetter type = &type_of<std::string>;
  Needed needed = Needed::kNo;  // one of the path always is
  Rules rules = {};
};

struct RequestBody {
  TypeGetter type = nullptr;  // null: bytes
  std::string_view about;
  std::string_view media_type = "application/json";
  Needed needed = Needed::kYes;
};

struct Response {
  int status = 200;
  std::string_view about;
  TypeGetter type = nullptr;         // null: no body, or bytes when there is a media type
  std::string_view media_type = {};  // "": JSON where there is a type
};

struct Operation {
  HttpMethod method = HttpMethod::kGet;
  std::string_view path;  // "/api/v1/runs/{run}"
  std::string_view id;    // "getRun": names the function of a generated client
  std::string_view summary;
  std::string_view description;
  std::vector<std::string_view> tags;
  std::vector<Parameter> parameters;
  std::optional<RequestBody> request;
  std::vector<Response> responses;  // those of errors are added: a ProblemAnswer
  std::string_view scope;           // "read", "write", "admin"; "": anybody may
};

struct DocumentInfo {
  std::string_view title;
  std::string_view version;
  std::string_view description;
};

/// Enters what it uses into `schemas`.
Result<Json> operation_json(const Operation& operation, Schemas& schemas);
Result<Json> openapi_document(const DocumentInfo& info, std::span<const Operation> operations);

}  // namespace wattle::messages
