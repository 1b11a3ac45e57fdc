#include "wattle/messages/openapi.h"

#include <algorithm>
#include <set>

#include "wattle/base/text.h"
#include "wattle/messages/problem.h"

namespace wattle::messages {
namespace {

constexpr const char* kJsonMedia = "application/json";
constexpr const char* kTokenScheme = "token";

std::string_view word_of(HttpMethod method) {
  constexpr std::array<std::string_view, 5> kMethods{"get", "post", "put", "patch", "delete"};
  return kMethods.at(static_cast<std::size_t>(method));
}

std::string_view word_of(ParameterPlace place) {
  constexpr std::array<std::string_view, 3> kPlaces{"path", "query", "header"};
  return kPlaces.at(static_cast<std::size_t>(place));
}

Error fault(const Operation& operation, std::string_view what) {
  return {ErrorCode::kInvalidArgument,
          concat("operation ", operation.id, " (", word_of(operation.method), " ", operation.path,
                 "): ", what)};
}

/// The names in braces, in their order. A brace that is not closed is a name that nobody describes.
std::vector<std::string> names_in(std::string_view path) {
  std::vector<std::string> names;
  for (auto begin = path.find('{'); begin != std::string_view::npos;
       begin = path.find('{', begin + 1)) {
    names.emplace_back(path.substr(begin + 1, path.find('}', begin) - begin - 1));
  }
  return names;
}

Status check_parameters(const Operation& operation) {
  std::set<std::pair<ParameterPlace, std::string_view>> seen;
  std::set<std::string_view> described;
  for (const auto& parameter : operation.parameters) {
    if (!seen.emplace(parameter.place, parameter.name).second) {
      return fault(operation, concat("the parameter '", parameter.name, "' is there twice"));
    }
    if (parameter.place == ParameterPlace::kPath) {
      described.insert(parameter.name);
    }
  }
  for (const auto& name : names_in(operation.path)) {
    if (described.erase(name) == 0) {
      return fault(operation, concat("the path has {", name, "}, once too often or undescribed"));
    }
  }
  return described.empty() ? Status()
                           : Status(fault(operation, concat("the path has no {", *described.begin(),
                                                            "}, which is described")));
}

Status check(const Operation& operation) {
  if (operation.id.empty() || !operation.path.starts_with('/')) {
    return fault(operation, "has no id, or a path that does not begin with /");
  }
  if (operation.responses.empty()) {
    return fault(operation, "has no response");
  }
  if (operation.method == HttpMethod::kGet && operation.request) {
    return fault(operation, "a GET has no body");
  }
  return check_parameters(operation);
}

Json parameter_json(const Parameter& parameter, Schemas& schemas) {
  const bool is_needed =
      parameter.place == ParameterPlace::kPath || parameter.needed == Needed::kYes;
  return {{"name", parameter.name},
          {"in", word_of(parameter.place)},
          {"description", parameter.about},
          {"required", is_needed},
          {"schema", schemas.schema_of(parameter.type(), parameter.rules)}};
}

/// What stands under a media type; OpenAPI 3.1 says nothing of raw bytes.
Json content_json(std::string_view media_type, TypeGetter type, Schemas& schemas) {
  Json entry = Json::object();
  if (type != nullptr) {
    entry["schema"] = schemas.schema_of(type());
  }
  return {{std::string(media_type), std::move(entry)}};
}

Json response_json(const Response& response, Schemas& schemas) {
  Json json = {{"description", response.about}};
  const auto media = response.media_type.empty() && response.type != nullptr
                         ? std::string_view(kJsonMedia)
                         : response.media_type;
  if (!media.empty()) {
    json["content"] = content_json(media, response.type, schemas);
  }
  return json;
}

Result<Json> responses_json(const Operation& operation, Schemas& schemas) {
  Json json = Json::object();
  for (const auto& response : operation.responses) {
    const auto status = std::to_string(response.status);
    if (response.status < 100 || response.status > 599 || json.contains(status)) {
      return fault(operation, concat("the status ", status, " is none, or is there twice"));
    }
    json[status] = response_json(response, schemas);
  }
  json["default"] = response_json(
      {.about = "It was not done: `code` and `message` say why.", .type = &type_of<ProblemAnswer>},
      schemas);
  return json;
}

Json security_json(const Operation& operation) {
  Json json = Json::array();  // empty: anybody may
  if (!operation.scope.empty()) {
    json.push_back({{kTokenScheme, Json::array({operation.scope})}});
  }
  return json;
}

Json schemes_json() {
  return {{kTokenScheme,
           {{"type", "http"},
            {"scheme", "bearer"},
            {"description",
             "A token with the scope that the operation names. Over the Unix socket of a home none "
             "is needed: its owner may do everything."}}}};
}

}  // namespace

Result<Json> operation_json(const Operation& operation, Schemas& schemas) {
  WATTLE_RETURN_IF_ERROR(check(operation));
  Json json = {{"operationId", operation.id}, {"summary", operation.summary}};
  if (!operation.description.empty()) {
    json["description"] = operation.description;
  }
  if (!operation.tags.empty()) {
    json["tags"] = operation.tags;
  }
  for (const auto& parameter : operation.parameters) {
    json["parameters"].push_back(parameter_json(parameter, schemas));
  }
  if (const auto& request = operation.request) {
    json["requestBody"] = {{"description", request->about},
                           {"required", request->needed == Needed::kYes},
                           {"content", content_json(request->media_type, request->type, schemas)}};
  }
  WATTLE_ASSIGN_OR_RETURN(json["responses"], responses_json(operation, schemas));
  json["security"] = security_json(operation);
  return json;
}

Result<Json> openapi_document(const DocumentInfo& info, std::span<const Operation> operations) {
  Schemas schemas;
  std::set<std::string_view> ids;
  Json paths = Json::object();
  for (const auto& operation : operations) {
    if (!ids.insert(operation.id).second) {
      return fault(operation, "its id is there twice");
    }
    auto& methods = paths[std::string(operation.path)];
    const std::string method(word_of(operation.method));
    if (methods.contains(method)) {
      return fault(operation, "its path and method are there twice");
    }
    WATTLE_ASSIGN_OR_RETURN(methods[method], operation_json(operation, schemas));
  }
  return Json{
      {"openapi", "3.1.0"},
      {"jsonSchemaDialect", "https://json-schema.org/draft/2020-12/schema"},
      {"info",
       {{"title", info.title}, {"version", info.version}, {"description", info.description}}},
      {"paths", std::move(paths)},
      {"components", {{"schemas", schemas.components()}, {"securitySchemes", schemes_json()}}}};
}

}  // namespace wattle::messages
