#include "sync/wire/utf8.h"

#include <cstddef>

namespace postern::wire {
namespace {

/// Octets of the character that `lead` opens, and the bounds of its second octet (RFC 3629
/// section 4).
struct Utf8Form {
  std::size_t octets;
  unsigned char second_from = 0x80;
  unsigned char second_to = 0xbf;
};

constexpr Utf8Form form_of(unsigned char lead) {
  if (lead < 0x80) return {1};
  if (lead >= 0xc2 && lead <= 0xdf) return {2};
  if (lead == 0xe0) return {3, 0xa0, 0xbf};
  if (lead == 0xed) return {3, 0x80, 0x9f};
  if (lead >= 0xe1 && lead <= 0xef) return {3};
  if (lead == 0xf0) return {4, 0x90, 0xbf};
  if (lead >= 0xf1 && lead <= 0xf3) return {4};
  if (lead == 0xf4) return {4, 0x80, 0x8f};
  return {0};
}

}  // namespace

bool valid_utf8(std::string_view octets) {
  for (std::size_t i = 0; i < octets.size();) {
    const Utf8Form form = form_of(static_cast<unsigned char>(octets[i]));
    if (form.octets == 0 || octets.size() - i < form.octets) return false;
    for (std::size_t j = 1; j < form.octets; ++j) {
      const auto octet = static_cast<unsigned char>(octets[i + j]);
      const unsigned char from = j == 1 ? form.second_from : 0x80;
      const unsigned char to = j == 1 ? form.second_to : 0xbf;
      if (octet < from || octet > to) return false;
    }
    i += form.octets;
  }
  return true;
}

}  // namespace postern::wire
