// A finished network as an ONNX model: opset 13, any number of rows, standardisation inside.
//
// Units:    the user's, in and out. Threads: pure functions. Lifetime: value types.
// Errors:   kInvalidArgument for a model beyond 2 GB, which ONNX keeps in several files.
// Source:   onnx.proto3 of ONNX 1.8 (IR version 7) and the operators of opset 13.
#pragma once

#include <map>
#include <string>

#include "inference.h"

#include "wattle/base/result.h"

namespace wattle::networks {

/// Input "features" (rows x features, or rows x channels x height x width), output output_name().
/// `metadata` becomes the model's metadata_props.
Result<std::string> write_onnx(const InferenceModel& model,
                               const std::map<std::string, std::string>& metadata);

}  // namespace wattle::networks
