#include "wattle/net/address.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

namespace wattle::net {
namespace {

struct Case {
  const char* text;
  AddressKind kind;
};

TEST(IpAddress, HasAKind) {
  using enum AddressKind;
  for (const auto& [text, kind] : std::initializer_list<Case>{
           {"0.0.0.0", kUnspecified},
           {"0.1.2.3", kUnspecified},
           {"127.0.0.1", kLoopback},
           {"127.255.255.255", kLoopback},
           {"126.255.255.255", kPublic},
           {"128.0.0.1", kPublic},
           {"10.0.0.1", kPrivate},
           {"172.15.255.255", kPublic},
           {"172.16.0.1", kPrivate},
           {"172.31.255.255", kPrivate},
           {"172.32.0.0", kPublic},
           {"192.168.1.1", kPrivate},
           {"192.169.0.0", kPublic},
           {"169.254.169.254", kLinkLocal},
           {"100.63.255.255", kPublic},
           {"100.64.0.1", kShared},
           {"100.127.255.255", kShared},
           {"100.128.0.0", kPublic},
           {"224.0.0.1", kMulticast},
           {"239.255.255.255", kMulticast},
           {"240.0.0.1", kReserved},
           {"255.255.255.255", kReserved},
           {"192.0.2.1", kReserved},
           {"198.18.0.1", kReserved},
           {"198.20.0.0", kPublic},
           {"8.8.8.8", kPublic},
           {"::", kUnspecified},
           {"::1", kLoopback},
           {"fc00::1", kPrivate},
           {"fdff::1", kPrivate},
           {"fe80::1", kLinkLocal},
           {"febf::1", kLinkLocal},
           {"fec0::1", kPrivate},
           {"ff02::1", kMulticast},
           {"2001:db8::1", kReserved},
           {"2001::1", kReserved},
           {"2606:4700::1111", kPublic},
           {"4000::1", kReserved},
           {"::ffff:127.0.0.1", kLoopback},
           {"::ffff:10.1.2.3", kPrivate},
           {"::ffff:8.8.8.8", kPublic},
           {"::127.0.0.1", kLoopback},
           {"::8.8.8.8", kReserved},
           {"64:ff9b::10.0.0.1", kPrivate},
           {"64:ff9b::8.8.8.8", kReserved},
           {"64:ff9b:1::1", kPrivate},
           {"2002:7f00:1::", kLoopback},
           {"2002:a00:1::", kPrivate},
       }) {
    const auto address = IpAddress::parse(text);
    ASSERT_TRUE(address.ok()) << text;
    EXPECT_EQ(to_string(address->kind()), to_string(kind)) << text;
  }
}

TEST(IpAddress, RefusesWhatIsNone) {
  for (const std::string_view text :
       {std::string_view(""), std::string_view("localhost"), std::string_view("1.2.3"),
        std::string_view("1.2.3.4.5"), std::string_view("0x7f.1"), std::string_view("127.1"),
        std::string_view("1.2.3.256"), std::string_view("[::1]"), std::string_view("fe80::1%eth0"),
        std::string_view("1.2.3.4\0x", 9), std::string_view(" 1.2.3.4")}) {
    EXPECT_FALSE(IpAddress::parse(text).ok()) << text;
  }
}

TEST(IpAddress, IsTakenFromTheKernelsStructures) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(IpAddress::from(reinterpret_cast<const sockaddr&>(v4))->to_text(), "127.0.0.1");
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  EXPECT_EQ(IpAddress::from(reinterpret_cast<const sockaddr&>(v6))->to_text(), "::1");
  v6.sin6_family = AF_UNIX;
  EXPECT_FALSE(IpAddress::from(reinterpret_cast<const sockaddr&>(v6)));
}

}  // namespace
}  // namespace wattle::net
