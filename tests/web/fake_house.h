#pragma once

#include <string>
#include <utility>

#include "proxy/web/house.h"

namespace postern::web {

/// A program that tells what the test wants it to.
class FakeHouse final : public House {
 public:
  asio::awaitable<nlohmann::json> status() override {
    ++statuses;
    nlohmann::json out = {{"version", "1"}, {"said", said}};
    co_return out;
  }
  [[nodiscard]] std::string pulse() const override { return said; }
  asio::awaitable<nlohmann::json> history() override {
    nlohmann::json out = {{"days", 30}};
    co_return out;
  }
  [[nodiscard]] std::string not_ready() const override { return trouble; }
  asio::awaitable<Reply> act(std::string action, nlohmann::json question) override {
    ++acts;
    if (action != "echo") co_return std::unexpected(Problem{"no such thing", "try echo"});
    co_return question;
  }
  [[nodiscard]] std::string seal(const Secret& text) const override {
    return "sealed " + std::string(text.reveal());
  }
  [[nodiscard]] std::optional<Secret> unseal(std::string_view sealed) const override {
    if (!sealed.starts_with("sealed ")) return std::nullopt;
    return Secret(std::string(sealed.substr(7)));
  }
  [[nodiscard]] std::vector<std::string> names() const override { return {"gate", "gate.local"}; }

  std::string said = "one";
  std::string trouble;
  int statuses = 0;
  int acts = 0;
};

}  // namespace postern::web
