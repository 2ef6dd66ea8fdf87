#pragma once

#include <array>
#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "config/config.h"
#include "proxy/access/directory.h"
#include "proxy/daemon/certificate.h"
#include "proxy/imap/server.h"
#include "proxy/pop3/server.h"
#include "proxy/submission/server.h"
#include "sync/base/problem.h"
#include "sync/net/listener.h"

namespace postern::web {
class House;
class Server;
}  // namespace postern::web

namespace postern::daemon {

enum class Face : std::uint8_t { imap, imaps, pop3, submission, submissions, scanner, web };
[[nodiscard]] const char* name_of(Face face);

/// The servers that mail programs and browsers talk to, and what they listen on.
///
/// Order: listen() any number of times, then stop() once. Network thread.
class Faces {
 public:
  struct Place {
    Face face;
    std::string address;     ///< with the real port
    std::string configured;  ///< as the operator wrote it: the port may be 0
    std::string scanner{};   ///< of such a face: the device that may log in there
  };

  Faces(asio::any_io_executor executor, access::Directory& directory, web::House& house,
        const config::Config& config);
  Faces(const Faces&) = delete;
  ~Faces();

  /// Listens on what `config` names and on nothing else; sessions and listeners that stay are left
  /// alone. On a problem everything stays as it was.
  std::optional<Problem> listen(const config::Config& config);
  [[nodiscard]] const std::vector<Place>& places() const { return places_; }
  [[nodiscard]] std::vector<access::SessionFacts> sessions() const;
  /// Ends those of a device.
  void end_sessions(const std::string& account, const std::string& device);
  [[nodiscard]] const Certificate& certificate() const { return certificate_; }
  void refresh_certificate() { certificate_.refresh(); }

  /// The address of the page, where it is served, with what opens it once. Of several the one on
  /// this machine.
  [[nodiscard]] std::optional<std::string> invite(
      std::chrono::steady_clock::duration lifetime) const;

  /// Stops accepting, lets sessions say goodbye, ends after `patience` what is still there.
  asio::awaitable<void> stop(std::chrono::steady_clock::duration patience);

 private:
  struct Wanted {
    Face face;
    std::string address;
    std::string scanner{};
    [[nodiscard]] bool is(const Place& place) const {
      return face == place.face && address == place.configured && scanner == place.scanner;
    }
  };
  struct Fresh {
    Wanted wanted;
    net::Listener listener;
  };
  using Places = std::vector<Place>;

  static std::vector<Wanted> wanted_of(const config::Listen& listen);
  [[nodiscard]] Places take_leaving(const std::vector<Wanted>& wanted);
  std::expected<std::vector<Fresh>, Problem> open_new(const std::vector<Wanted>& wanted,
                                                      Places& leaving);
  void serve(Fresh fresh);
  [[nodiscard]] access::Server& server_of(Face face);
  asio::awaitable<void> end_after(std::chrono::steady_clock::duration patience);

  asio::any_io_executor executor_;
  Certificate certificate_;
  imap::Server imap_;
  pop3::Server pop3_;
  submission::Server submission_;
  std::unique_ptr<web::Server> web_;
  std::array<access::Server*, 4> all_;
  Places places_;
};

}  // namespace postern::daemon
