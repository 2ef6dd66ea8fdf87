#include "sync/wire/sasl/saslprep.h"

#include <algorithm>
#include <memory>

#include <unicode/unistr.h>
#include <unicode/usprep.h>

namespace postern::wire::sasl {

std::string saslprep(std::string_view text) {
  const auto is_ascii = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (std::ranges::all_of(text, is_ascii)) return std::string(text);

  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UStringPrepProfile, decltype(&usprep_close)> profile(
      usprep_openByType(USPREP_RFC4013_SASLPREP, &error), &usprep_close);
  if (U_FAILURE(error)) return std::string(text);

  const icu::UnicodeString in = icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  // The profile's mappings (NFKC) at most multiply by 18 (U+FDFA).
  const std::int32_t capacity = in.length() * 18 + 1;
  icu::UnicodeString out;
  char16_t* buffer = out.getBuffer(capacity);
  const std::int32_t length = usprep_prepare(profile.get(), in.getBuffer(), in.length(), buffer,
                                             capacity, USPREP_DEFAULT, nullptr, &error);
  out.releaseBuffer(U_FAILURE(error) ? 0 : length);
  if (U_FAILURE(error)) return std::string(text);
  std::string utf8;
  out.toUTF8String(utf8);
  return utf8;
}

}  // namespace postern::wire::sasl
