#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "sync/base/problem.h"
#include "sync/base/secret.h"

namespace postern::web {

/// What the page shows and does, as the program tells and does it. Network thread.
class House {
 public:
  House() = default;
  House(const House&) = delete;
  virtual ~House() = default;

  /// docs/status.md describes it.
  virtual asio::awaitable<nlohmann::json> status() = 0;
  /// The same for two calls if nothing has happened in between that somebody watches for. Costs
  /// little.
  [[nodiscard]] virtual std::string pulse() const = 0;
  /// docs/web.md describes it.
  virtual asio::awaitable<nlohmann::json> history() = 0;
  /// Why mail programs are not served as they should; empty: they are.
  [[nodiscard]] virtual std::string not_ready() const = 0;

  using Reply = std::expected<nlohmann::json, Problem>;
  /// Does one of the page's actions (docs/web.md).
  virtual asio::awaitable<Reply> act(std::string action, nlohmann::json question) = 0;

  /// What a one-time link gives: settings for a mail program, with the password in them.
  struct HandOut {
    std::string type;  ///< of media
    std::string file;  ///< to be kept under that name; empty: to be looked at
    Secret octets;
  };
  /// Whose settings are behind a link and in which forms (docs/web.md); changes nothing. nullopt:
  /// nothing is behind it any more.
  virtual std::optional<nlohmann::json> look_behind(std::string_view link) = 0;
  /// Gives them once. nullopt as above; after a problem the link is still good.
  virtual std::optional<std::expected<HandOut, Problem>> open_link(std::string_view link,
                                                                   std::string_view form) = 0;

  /// What programs ask for that look for their servers by themselves, and have no pass.
  enum class Discovery : std::uint8_t { autoconfig, autodiscover };
  enum class Asker : std::uint8_t { this_machine, network };
  /// Servers and ports in XML, and of `address`, which may be empty, nothing but what it says
  /// itself: whether there is such an account is not told. nullopt: nothing listens that the asker
  /// could reach.
  [[nodiscard]] virtual std::optional<std::string> discover(Discovery form, Asker asker,
                                                            const std::string& address) const = 0;

  /// A small text that outlives a restart; empty at first.
  [[nodiscard]] virtual std::string kept() const = 0;
  /// In place of what was kept before; the latest call wins. Done when it outlives a restart, and
  /// known to kept() from the start.
  virtual asio::awaitable<void> keep(std::string text) = 0;

  /// What only this program can read again, as octets; for `unseal` nullopt if it is not that.
  [[nodiscard]] virtual std::string seal(const Secret& text) const = 0;
  [[nodiscard]] virtual std::optional<Secret> unseal(std::string_view sealed) const = 0;
  /// Names of this machine by which other machines may ask for the page.
  [[nodiscard]] virtual std::vector<std::string> names() const = 0;
};

}  // namespace postern::web
