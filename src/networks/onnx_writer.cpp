#include "onnx_writer.h"

#include <cstring>
#include <initializer_list>
#include <numbers>
#include <vector>

#include "protobuf.h"

#include "wattle/base/text.h"

namespace wattle::networks {
namespace {

constexpr std::int64_t kIrVersion = 7;
constexpr std::int64_t kOpset = 13;
constexpr std::int64_t kFloat = 1;  // TensorProto.DataType
constexpr std::size_t kBytesLimit = (std::size_t{1} << 31) - 1;

// Numbers of the fields, by message.
namespace model_proto {
constexpr std::uint32_t kIrVersionField = 1;
constexpr std::uint32_t kProducer = 2;
constexpr std::uint32_t kGraph = 7;
constexpr std::uint32_t kOpsetImport = 8;
constexpr std::uint32_t kMetadata = 14;
}  // namespace model_proto
namespace graph_proto {
constexpr std::uint32_t kNode = 1;
constexpr std::uint32_t kName = 2;
constexpr std::uint32_t kInitializer = 5;
constexpr std::uint32_t kInput = 11;
constexpr std::uint32_t kOutput = 12;
}  // namespace graph_proto
namespace node_proto {
constexpr std::uint32_t kInput = 1;
constexpr std::uint32_t kOutput = 2;
constexpr std::uint32_t kName = 3;
constexpr std::uint32_t kOperator = 4;
constexpr std::uint32_t kAttribute = 5;
}  // namespace node_proto
namespace attribute_proto {
constexpr std::uint32_t kName = 1;
constexpr std::uint32_t kInteger = 3;
constexpr std::uint32_t kIntegers = 8;
constexpr std::uint32_t kType = 20;
constexpr std::int64_t kTypeInteger = 2;
constexpr std::int64_t kTypeIntegers = 7;
}  // namespace attribute_proto
namespace tensor_proto {
constexpr std::uint32_t kDimension = 1;
constexpr std::uint32_t kType = 2;
constexpr std::uint32_t kName = 8;
constexpr std::uint32_t kRaw = 9;
}  // namespace tensor_proto

ProtobufWriter integer_attribute(std::string_view name, std::int64_t value) {
  ProtobufWriter attribute;
  attribute.text(attribute_proto::kName, name);
  attribute.integer(attribute_proto::kInteger, value);
  attribute.integer(attribute_proto::kType, attribute_proto::kTypeInteger);
  return attribute;
}

ProtobufWriter integers_attribute(std::string_view name, std::size_t count, std::int64_t value) {
  ProtobufWriter attribute;
  attribute.text(attribute_proto::kName, name);
  for (std::size_t i = 0; i < count; ++i) {
    attribute.integer(attribute_proto::kIntegers, value);
  }
  attribute.integer(attribute_proto::kType, attribute_proto::kTypeIntegers);
  return attribute;
}

/// Name and type of an input or output; a negative size stands for the number of rows.
ProtobufWriter described(std::string_view name, const std::vector<std::int64_t>& shape) {
  ProtobufWriter dimensions;
  for (const auto size : shape) {
    ProtobufWriter dimension;
    if (size < 0) {
      dimension.text(2, "rows");
    } else {
      dimension.integer(1, size);
    }
    dimensions.message(1, dimension);
  }
  ProtobufWriter tensor;
  tensor.integer(1, kFloat);
  tensor.message(2, dimensions);
  ProtobufWriter type;
  type.message(1, tensor);
  ProtobufWriter info;
  info.text(1, name);
  info.message(2, type);
  return info;
}

/// Nodes one after the other, each of which takes what the one before gave.
class GraphWriter {
 public:
  explicit GraphWriter(std::string input) : current_(std::move(input)) {}

  const std::string& current() const { return current_; }

  /// A tensor that belongs to the model; returns its name.
  std::string constant(std::string_view name, const std::vector<std::int64_t>& shape,
                       const std::vector<float>& values) {
    ProtobufWriter tensor;
    for (const auto size : shape) {
      tensor.integer(tensor_proto::kDimension, size);
    }
    tensor.integer(tensor_proto::kType, kFloat);
    tensor.text(tensor_proto::kName, name);
    std::string raw(values.size() * sizeof(float), '\0');
    std::memcpy(raw.data(), values.data(), raw.size());
    tensor.text(tensor_proto::kRaw, raw);
    graph_.message(graph_proto::kInitializer, tensor);
    return std::string(name);
  }

  /// Takes the inputs, gives a new current value, which is returned.
  std::string add(std::string_view operation, const std::vector<std::string>& inputs,
                  std::initializer_list<ProtobufWriter> attributes = {}) {
    current_ = concat("value_", count_++);
    ProtobufWriter node;
    for (const auto& input : inputs) {
      node.text(node_proto::kInput, input);
    }
    node.text(node_proto::kOutput, current_);
    node.text(node_proto::kName, concat(operation, "_", count_));
    node.text(node_proto::kOperator, operation);
    for (const auto& attribute : attributes) {
      node.message(node_proto::kAttribute, attribute);
    }
    graph_.message(graph_proto::kNode, node);
    return current_;
  }

  ProtobufWriter finish(const ProtobufWriter& input, std::string_view output,
                        std::int64_t outputs) && {
    ProtobufWriter node;
    node.text(node_proto::kInput, current_);
    node.text(node_proto::kOutput, output);
    node.text(node_proto::kName, output);
    node.text(node_proto::kOperator, "Identity");
    graph_.message(graph_proto::kNode, node);
    graph_.text(graph_proto::kName, "wattle");
    graph_.message(graph_proto::kInput, input);
    graph_.message(graph_proto::kOutput, described(output, {-1, outputs}));
    return std::move(graph_);
  }

 private:
  ProtobufWriter graph_;
  std::string current_;
  std::size_t count_ = 0;
};

void add_standardisation(const InferenceModel& model, GraphWriter& graph) {
  const Shape& shape = model.input;
  const std::vector<std::int64_t> sizes = model.is_image
                                              ? std::vector<std::int64_t>{1, shape.channels, 1, 1}
                                              : std::vector<std::int64_t>{1, shape.channels};
  const auto mean = graph.constant("mean", sizes, model.standardisation.mean);
  const auto deviation = graph.constant("deviation", sizes, model.standardisation.deviation);
  if (!model.is_image) {
    const std::string features = graph.current();
    const auto is_missing = graph.add("IsNaN", {features});
    graph.add("Where", {is_missing, mean, features});
  }
  graph.add("Sub", {graph.current(), mean});
  graph.add("Div", {graph.current(), deviation});
}

/// x/2 (1 + erf(x / sqrt 2)): opset 13 has no operator for it.
void add_gelu(GraphWriter& graph) {
  const std::string x = graph.current();
  graph.add("Mul", {x, "half_root"});
  const auto erf = graph.add("Erf", {graph.current()});
  const auto sum = graph.add("Add", {erf, "one"});
  const auto product = graph.add("Mul", {x, sum});
  graph.add("Mul", {product, "half"});
}

void add_activation(Activation activation, GraphWriter& graph) {
  const std::string x = graph.current();
  switch (activation) {
    case Activation::kRelu:
      graph.add("Relu", {x});
      break;
    case Activation::kTanh:
      graph.add("Tanh", {x});
      break;
    case Activation::kSilu:
      graph.add("Mul", {x, graph.add("Sigmoid", {x})});
      break;
    case Activation::kGelu:
      add_gelu(graph);
      break;
  }
}

void add_layer(const InferenceModel& model, std::size_t position, GraphWriter& graph) {
  const InferenceLayer& layer = model.layers[position];
  const std::string name = concat("layers.", position, ".");
  const std::string x = graph.current();
  if (layer.kind == LayerKind::kLinear) {
    const auto weight = graph.constant(name + "weight", {layer.out, layer.in}, layer.weight);
    const auto bias = graph.constant(name + "bias", {layer.out}, layer.bias);
    graph.add("Gemm", {x, weight, bias}, {integer_attribute("transB", 1)});
  } else if (layer.kind == LayerKind::kConvolution) {
    const auto weight = graph.constant(name + "weight",
                                       {layer.out, layer.in, layer.side, layer.side}, layer.weight);
    const auto bias = graph.constant(name + "bias", {layer.out}, layer.bias);
    graph.add("Conv", {x, weight, bias},
              {integers_attribute("kernel_shape", 2, layer.side),
               integers_attribute("pads", 4, layer.side / 2), integers_attribute("strides", 2, 1)});
  } else if (layer.kind == LayerKind::kPool) {
    graph.add("MaxPool", {x},
              {integers_attribute("kernel_shape", 2, layer.side),
               integers_attribute("strides", 2, layer.side)});
  } else if (layer.kind == LayerKind::kFlatten) {
    graph.add("Flatten", {x}, {integer_attribute("axis", 1)});
  } else {
    add_activation(model.activation, graph);
  }
}

void add_result(const InferenceModel& model, GraphWriter& graph) {
  if (!model.classes.empty()) {
    graph.add("Softmax", {graph.current()}, {integer_attribute("axis", 1)});
    return;
  }
  const auto deviation =
      graph.constant("target_deviation", {1, 1}, {static_cast<float>(model.target_deviation)});
  const auto mean = graph.constant("target_mean", {1, 1}, {static_cast<float>(model.target_mean)});
  graph.add("Mul", {graph.current(), deviation});
  graph.add("Add", {graph.current(), mean});
}

std::vector<std::int64_t> input_shape(const InferenceModel& model) {
  const Shape& shape = model.input;
  return model.is_image ? std::vector<std::int64_t>{-1, shape.channels, shape.height, shape.width}
                        : std::vector<std::int64_t>{-1, shape.channels};
}

}  // namespace

Result<std::string> write_onnx(const InferenceModel& model,
                               const std::map<std::string, std::string>& metadata) {
  GraphWriter graph("features");
  if (model.activation == Activation::kGelu) {
    graph.constant("half_root", {1}, {static_cast<float>(1 / std::numbers::sqrt2)});
    graph.constant("one", {1}, {1.0F});
    graph.constant("half", {1}, {0.5F});
  }
  add_standardisation(model, graph);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    add_layer(model, i, graph);
  }
  add_result(model, graph);
  ProtobufWriter file;
  file.integer(model_proto::kIrVersionField, kIrVersion);
  file.text(model_proto::kProducer, "wattle");
  file.message(model_proto::kGraph,
               std::move(graph).finish(described("features", input_shape(model)),
                                       output_name(model), model.outputs()));
  ProtobufWriter opset;
  opset.integer(2, kOpset);
  file.message(model_proto::kOpsetImport, opset);
  for (const auto& [key, value] : metadata) {
    ProtobufWriter entry;
    entry.text(1, key);
    entry.text(2, value);
    file.message(model_proto::kMetadata, entry);
  }
  if (file.bytes().size() > kBytesLimit) {
    return Error(ErrorCode::kInvalidArgument,
                 "the model is larger than the 2 GB that an ONNX file can hold");
  }
  return file.bytes();
}

}  // namespace wattle::networks
