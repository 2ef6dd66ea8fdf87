#pragma once

#include <expected>
#include <optional>
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
  std::optional<nlohmann::json> look_behind(std::string_view link) override {
    if (link != good_link) return std::nullopt;
    return nlohmann::json{{"device", "anna/phone"}};
  }
  std::optional<std::expected<HandOut, Problem>> open_link(std::string_view link,
                                                           std::string_view form) override {
    if (link != good_link) return std::nullopt;
    if (form != "text") return std::unexpected(Problem{"no such form", "take the text"});
    good_link = "used";
    return HandOut{"text/plain; charset=utf-8", "phone.txt", Secret("k7qm")};
  }
  [[nodiscard]] std::optional<std::string> discover(Discovery form, Asker asker,
                                                    const std::string& address) const override {
    if (!listens) return std::nullopt;
    return std::string(form == Discovery::autoconfig ? "<clientConfig" : "<Autodiscover") +
           (asker == Asker::network ? " network " : " here ") + address + ">";
  }
  [[nodiscard]] std::string kept() const override { return kept_text; }
  asio::awaitable<void> keep(std::string text) override {
    kept_text = std::move(text);
    co_return;
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
  std::string good_link = "0123456789abcdef0123456789abcdef";
  std::string kept_text;
  std::string trouble;
  bool listens = true;
  int statuses = 0;
  int acts = 0;
};

}  // namespace postern::web
