#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "proxy/access/session.h"
#include "proxy/access/throttle.h"
#include "proxy/web/bulletin.h"
#include "proxy/web/doorkeeper.h"
#include "proxy/web/house.h"
#include "proxy/web/limits.h"
#include "proxy/web/origin.h"
#include "sync/wire/http/answer.h"
#include "sync/wire/http/request_parser.h"

namespace postern::web {

struct Surroundings : access::Surroundings {
  Surroundings(const access::Surroundings& common, House& h, const Limits& l)
      : access::Surroundings(common),
        limits(l),
        house(h),
        doorkeeper(h, l.invitations),
        bulletin(h, limits) {}

  Limits limits;
  House& house;
  Doorkeeper doorkeeper;
  access::Throttle throttle;  ///< of wrong invitations and one-time links
  Bulletin bulletin;
};

/// One connection of a browser (RFC 9112): a coroutine that reads a request, answers it, and reads
/// the next one. Network thread.
class Session final : public access::Session {
 public:
  Session(asio::any_io_executor executor, net::Stream stream, Surroundings& surroundings,
          access::Start start);

  void ask_to_stop() override;
  [[nodiscard]] access::SessionFacts facts() const override;

 private:
  using Request = wire::http::Request;
  using Answer = wire::http::Answer;

  // The octets.
  asio::awaitable<void> converse() override;
  [[nodiscard]] bool logged_in() const override { return known_; }
  void too_slow() override;
  asio::awaitable<std::optional<Request>> read_request();
  void say(const Answer& answer, const Request& request);

  // The requests.
  asio::awaitable<void> execute(Request request);
  asio::awaitable<Answer> answer(const Request& request);
  asio::awaitable<Answer> answer_get(const Request& request);
  asio::awaitable<Answer> answer_post(const Request& request);
  asio::awaitable<Answer> enter(const Request& request);
  asio::awaitable<Answer> leave(const Request& request);
  asio::awaitable<Answer> look_behind(const Request& request);
  asio::awaitable<Answer> open_link(const Request& request);
  asio::awaitable<Answer> refuse_link(Problem problem);
  // discovery.cpp
  Answer autoconfig(const Request& request) const;
  Answer autodiscover(const Request& request) const;
  asio::awaitable<Answer> metrics();
  [[nodiscard]] bool has_pass(const Request& request) const;
  [[nodiscard]] bool wants_events(const Request& request) const;
  asio::awaitable<void> tell_events(wire::http::Request request);
  [[nodiscard]] std::string cookie_name() const;
  [[nodiscard]] std::string cookie_field(std::string_view value, std::int64_t seconds) const;
  [[nodiscard]] Way way() const;

  Surroundings& surroundings_;
  wire::http::RequestParser parser_;
  std::string_view rest_;  ///< of input_, not used yet
  std::size_t requests_ = 0;
  bool known_ = false;  ///< showed a pass
  bool last_ = false;   ///< the connection ends with this answer
};

}  // namespace postern::web
