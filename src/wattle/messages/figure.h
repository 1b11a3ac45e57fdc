// A figure as it is told: value, interval, quality. Its unit stands in the key under which it is
// told.
//
// Units:    the key's. Interval: 80 %. Errors: none. Threads: value type. Lifetime: value type.
#pragma once

#include "wattle/base/estimate.h"
#include "wattle/messages/described.h"

namespace wattle::messages {

template <>
struct Words<Quality> {
  static constexpr std::string_view kName = "Quality";
  static constexpr std::string_view kAbout =
      "How a figure came to be, from best to worst: differences of a hardware energy counter; "
      "sampled power, integrated over time; a model, with its error, or a prediction; somebody's "
      "published figure; a claim without a method. A sum is as good as its worst part.";
  static constexpr std::array<std::string_view, 5> kWords{"counter", "integrated", "modelled",
                                                          "published", "claimed"};
};

struct Figure {
  double value = 0;
  double low = 0;
  double high = 0;
  Quality quality = Quality::kModelled;

  Figure() = default;
  Figure(double the_value, double the_low, double the_high, Quality the_quality)
      : value(the_value), low(the_low), high(the_high), quality(the_quality) {}
  template <typename Q>
  explicit Figure(const Estimate<Q>& estimate)
      : Figure(estimate.value().value(), estimate.low().value(), estimate.high().value(),
               estimate.quality()) {}

  static constexpr std::string_view kName = "Figure";
  static constexpr std::string_view kAbout =
      "A value with its error. Its unit is the last word of the key under which it stands.";
  static void fields(auto& f) {
    f("value", &Figure::value, "The best estimate.");
    f("low", &Figure::low, "Lower end of the 80 % interval; never below 0.");
    f("high", &Figure::high, "Upper end of the 80 % interval.");
    f("quality", &Figure::quality, "How the figure came to be.");
  }
  bool operator==(const Figure&) const = default;
};
extern template const Type& type_of<Figure>();

}  // namespace wattle::messages
