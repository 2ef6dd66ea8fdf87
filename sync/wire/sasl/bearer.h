#pragma once

#include "sync/wire/sasl/client.h"

namespace postern::wire::sasl {

/// OAUTHBEARER (RFC 7628) and XOAUTH2: one message with the access token. A challenge that follows
/// is the server's error in JSON; the answer to it lets the server refuse in order (RFC 7628
/// section 3.2.3).
class BearerClient final : public Client {
 public:
  enum class Form : std::uint8_t { oauthbearer, xoauth2 };

  BearerClient(Form form, Credentials credentials, Context context)
      : form_(form), credentials_(std::move(credentials)), context_(std::move(context)) {}
  [[nodiscard]] std::optional<Secret> initial() override;
  [[nodiscard]] Response respond(std::string_view challenge) override;
  [[nodiscard]] bool finished() const override { return !refused_; }
  [[nodiscard]] Denial denial() const override {
    return refused_ ? Denial::credentials : Denial::none;
  }

 private:
  Form form_;
  Credentials credentials_;
  Context context_;
  bool refused_ = false;
};

}  // namespace postern::wire::sasl
