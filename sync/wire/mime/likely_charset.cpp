#include "sync/wire/mime/likely_charset.h"

#include <unicode/ucsdet.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "sync/wire/mime/unicode.h"

namespace postern::wire::mime {
namespace {

constexpr std::string_view fallback = "windows-1252";
constexpr std::size_t sample_octets = 4096;
constexpr std::size_t least_high_octets = 6;

struct CloseDetector {
  void operator()(UCharsetDetector* detector) const { ucsdet_close(detector); }
};
using Detector = std::unique_ptr<UCharsetDetector, CloseDetector>;

/// How sure the detector must be, of 100, before it is believed. Charsets that are not here are
/// none that mail without a declaration is in.
struct Candidate {
  std::string_view name;
  int confidence = 0;
  enum class Script { latin, other } script = Script::other;
};
constexpr std::array<Candidate, 19> candidates = {{
    {"GB18030", 50},
    {"Big5", 50},
    {"EUC-JP", 50},
    {"EUC-KR", 50},
    {"Shift_JIS", 50},
    {"KOI8-R", 20},
    {"windows-1251", 20},
    {"ISO-8859-5", 20},
    {"ISO-8859-7", 20},
    {"windows-1253", 20},
    {"ISO-8859-8", 20},
    {"ISO-8859-8-I", 20},
    {"windows-1255", 20},
    {"ISO-8859-6", 20},
    {"windows-1256", 20},
    {"ISO-8859-2", 30, Candidate::Script::latin},
    {"windows-1250", 30, Candidate::Script::latin},
    {"ISO-8859-9", 30, Candidate::Script::latin},
    {"windows-1254", 30, Candidate::Script::latin},
}};

bool is_high(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Lines with octets above 0x7f: those say something about the charset.
std::string sample_of(std::string_view octets) {
  std::string sample;
  while (!octets.empty() && sample.size() < sample_octets) {
    const std::string_view line = octets.substr(0, octets.find('\n'));
    octets.remove_prefix(std::min(line.size() + 1, octets.size()));
    const auto high = static_cast<std::size_t>(std::ranges::find_if(line, is_high) - line.begin());
    if (high == line.size()) continue;
    constexpr std::size_t before = 100;
    const std::string_view place = line.substr(high - std::min(high, before));
    sample += place.substr(0, sample_octets - sample.size());
    sample += '\n';
  }
  return sample;
}

/// In other scripts than Latin most letters are above 0x7f.
bool fits(Candidate::Script script, std::string_view sample, std::size_t high) {
  if (script == Candidate::Script::latin) return true;
  const auto letters = static_cast<std::size_t>(std::ranges::count_if(sample, is_letter));
  return high >= letters;
}

std::string_view detected(std::string_view sample, std::size_t high) {
  UErrorCode status = U_ZERO_ERROR;
  const Detector detector(ucsdet_open(&status));
  ucsdet_setText(detector.get(), sample.data(), static_cast<std::int32_t>(sample.size()), &status);
  const UCharsetMatch* const match = ucsdet_detect(detector.get(), &status);
  if (U_FAILURE(status) || match == nullptr) return fallback;
  const std::string_view name = ucsdet_getName(match, &status);
  const int confidence = ucsdet_getConfidence(match, &status);
  for (const Candidate& candidate : candidates) {
    if (candidate.name != name) continue;
    const bool sure = confidence >= candidate.confidence && fits(candidate.script, sample, high);
    return sure ? candidate.name : fallback;
  }
  return fallback;
}

}  // namespace

std::string_view likely_charset(std::string_view octets) {
  if (octets.contains("\x1b$B") || octets.contains("\x1b$@")) return "iso-2022-jp";
  if (is_utf8(octets)) return "utf-8";
  const std::string sample = sample_of(octets);
  const auto high = static_cast<std::size_t>(std::ranges::count_if(sample, is_high));
  return high < least_high_octets ? fallback : detected(sample, high);
}

}  // namespace postern::wire::mime
