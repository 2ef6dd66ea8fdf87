#pragma once

#include <string>
#include <string_view>

#include "proxy/web/asset.h"
#include "proxy/web/house.h"
#include "sync/base/problem.h"
#include "sync/wire/http/answer.h"

namespace postern::web {

// Answers, each with the fields that keep a browser from doing more with it than showing it:
// scripts and styles of our own only, no frames, no types that are guessed, nothing kept.
using wire::http::Answer;

/// For people and programs, in English.
[[nodiscard]] Answer plain(unsigned status, std::string_view words);
[[nodiscard]] Answer in_json(std::string text);
[[nodiscard]] Answer in_xml(std::string text);
/// {"error": ..., "advice": ...}
[[nodiscard]] Answer refused(unsigned status, const Problem& problem);
[[nodiscard]] Answer whole(const Asset& asset);
[[nodiscard]] Answer metrics_answer(std::string text);
/// What a one-time link gives, to be kept as a file or looked at.
[[nodiscard]] Answer handed_out(const House::HandOut& what);
/// The head of what goes on for as long as somebody listens.
[[nodiscard]] Answer event_stream();

}  // namespace postern::web
