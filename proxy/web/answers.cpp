#include "proxy/web/answers.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "proxy/web/bulletin.h"

namespace postern::web {
namespace {

constexpr const char* policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for "
    "'script'";

Answer made(unsigned status, std::string type, std::string body) {
  return {status,
          {{"Content-Type", std::move(type)},
           {"Cache-Control", "no-store"},
           {"Content-Security-Policy", policy},
           {"X-Content-Type-Options", "nosniff"},
           {"Referrer-Policy", "no-referrer"},
           {"Cross-Origin-Opener-Policy", "same-origin"},
           {"Cross-Origin-Resource-Policy", "same-origin"}},
          std::move(body)};
}

}  // namespace

Answer plain(unsigned status, std::string_view words) {
  return made(status, "text/plain; charset=utf-8", std::string(words) + "\n");
}

Answer in_json(std::string text) {
  return made(200, "application/json", std::move(text));
}

Answer in_xml(std::string text) {
  return made(200, "text/xml; charset=utf-8", std::move(text));
}

Answer refused(unsigned status, const Problem& problem) {
  const nlohmann::json body = {{"error", problem.what}, {"advice", problem.advice}};
  return made(status, "application/json", one_line(body));
}

Answer whole(const Asset& asset) {
  return made(200, std::string(asset.type), std::string(asset.octets));
}

Answer metrics_answer(std::string text) {
  return made(200, "text/plain; version=0.0.4; charset=utf-8", std::move(text));
}

Answer handed_out(const House::HandOut& what) {
  Answer answer = made(200, what.type, std::string(what.octets.reveal()));
  if (!what.file.empty())
    answer.fields.emplace_back("Content-Disposition", "attachment; filename=\"" + what.file + "\"");
  return answer;
}

Answer event_stream() {
  return made(200, "text/event-stream", "");
}

}  // namespace postern::web
