// The bytes of the wire format. What a runtime makes of models: tests/e2e/onnx_agreement.py.
#include "onnx_writer.h"

#include <cmath>

#include "protobuf.h"
#include "torchscript.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wattle::networks {
namespace {

using ::testing::HasSubstr;

TEST(Protobuf, WritesTheExamplesOfItsSpecification) {
  using std::string_view_literals::operator""sv;
  ProtobufWriter number;
  number.integer(1, 150);
  EXPECT_EQ(number.bytes(), "\x08\x96\x01"sv);
  ProtobufWriter text;
  text.text(2, "testing");
  EXPECT_EQ(text.bytes(), "\x12\x07testing"sv);
  ProtobufWriter message;
  message.message(3, number);
  EXPECT_EQ(message.bytes(), "\x1a\x03\x08\x96\x01"sv);
  ProtobufWriter negative;
  negative.integer(1, -1);
  EXPECT_EQ(negative.bytes(), "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv);
  ProtobufWriter real;
  real.real(1, 1.0F);
  EXPECT_EQ(real.bytes(), "\x0d\x00\x00\x80\x3f"sv);
}

/// Two features, two hidden units with batch norm, two classes.
struct Fixture {
  Architecture architecture;
  Weights weights;
  NetworkData data;

  Fixture() {
    NetworkOptions options;
    options.model.layers = {2};
    options.model.batch_norm = Switch::kOn;
    options.model.activation = Activation::kRelu;
    architecture = *design(options, {2}, 2);
    weights = initial_weights(architecture, Rng(3));
    for (auto& weight : weights) {
      if (weight.name == "layers.1.running_mean") {
        weight.values = {0.5F, -0.25F};
      } else if (weight.name == "layers.1.running_variance") {
        weight.values = {4.0F, 0.25F};
      } else if (weight.name == "layers.1.weight") {
        weight.values = {2.0F, 3.0F};
      } else if (weight.name == "layers.1.bias") {
        weight.values = {0.1F, 0.2F};
      }
    }
    data.shape = {2};
    data.parts.classes = {"no", "yes"};
    data.standardisation = {{1, 2}, {3, 4}};
  }
};

TEST(Inference, FoldsBatchNormIntoTheLayerBefore) {
  const Fixture fixture;
  const auto model = inference_model(fixture.architecture, fixture.weights, fixture.data);
  ASSERT_EQ(model.layers.size(), 3U);  // linear, activation, linear: no norm, no dropout
  const auto& before = fixture.weights[0].values;
  const auto& folded = model.layers[0];
  // Unit 0: (w x + b - 0.5) / sqrt(4 + 1e-5) * 2 + 0.1, by hand; b is 0.
  const double factor = 2 / std::sqrt(4 + 1e-5);
  EXPECT_NEAR(static_cast<double>(folded.weight[0]), static_cast<double>(before[0]) * factor, 1e-6);
  EXPECT_NEAR(static_cast<double>(folded.bias[0]), -0.5 * factor + 0.1, 1e-6);
  EXPECT_NEAR(static_cast<double>(folded.bias[1]), 0.25 * 3 / std::sqrt(0.25 + 1e-5) + 0.2, 1e-6);
}

TEST(OnnxWriter, NamesItsOperatorsInputsAndMetadata) {
  const Fixture fixture;
  const auto model = inference_model(fixture.architecture, fixture.weights, fixture.data);
  const auto bytes = write_onnx(model, {{"wattle", "{\"a\":1}"}});
  ASSERT_TRUE(bytes.ok());
  for (const char* word : {"IsNaN", "Where", "Sub", "Div", "Gemm", "transB", "Relu", "Softmax",
                           "features", "probabilities", "rows", "{\"a\":1}"}) {
    EXPECT_THAT(*bytes, HasSubstr(word));
  }
  EXPECT_EQ(*bytes, *write_onnx(model, {{"wattle", "{\"a\":1}"}}));
}

TEST(TorchScript, IsTheSameComputationAsText) {
  const Fixture fixture;
  const auto model = inference_model(fixture.architecture, fixture.weights, fixture.data);
  EXPECT_EQ(torchscript_source(model),
            "def forward(self, features):\n"
            "    x = torch.where(torch.isnan(features), self.mean, features)\n"
            "    x = (x - self.mean) / self.deviation\n"
            "    x = torch.linear(x, self.weight_0, self.bias_0)\n"
            "    x = torch.relu(x)\n"
            "    x = torch.linear(x, self.weight_2, self.bias_2)\n"
            "    return torch.softmax(x, 1)\n");
  EXPECT_EQ(torchscript_tensors(model).size(), 6U);
}

}  // namespace
}  // namespace wattle::networks
