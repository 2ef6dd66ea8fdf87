#pragma once

#include "sync/wire/sasl/client.h"

namespace postern::wire::sasl {

/// RFC 4616.
class PlainClient final : public Client {
 public:
  explicit PlainClient(Credentials credentials) : credentials_(std::move(credentials)) {}
  [[nodiscard]] std::optional<Secret> initial() override;
  [[nodiscard]] Response respond(std::string_view challenge) override;
  [[nodiscard]] bool finished() const override { return true; }

 private:
  Credentials credentials_;
};

/// "AUTH LOGIN": the server asks twice, in words that differ; the order is what counts.
class LoginClient final : public Client {
 public:
  explicit LoginClient(Credentials credentials) : credentials_(std::move(credentials)) {}
  [[nodiscard]] std::optional<Secret> initial() override { return std::nullopt; }
  [[nodiscard]] Response respond(std::string_view challenge) override;
  [[nodiscard]] bool finished() const override { return asked_ == 2; }

 private:
  Credentials credentials_;
  unsigned asked_ = 0;
};

/// RFC 2195.
class CramMd5Client final : public Client {
 public:
  explicit CramMd5Client(Credentials credentials) : credentials_(std::move(credentials)) {}
  [[nodiscard]] std::optional<Secret> initial() override { return std::nullopt; }
  [[nodiscard]] Response respond(std::string_view challenge) override;
  [[nodiscard]] bool finished() const override { return answered_; }

 private:
  Credentials credentials_;
  bool answered_ = false;
};

/// RFC 1939 section 7: the digest of APOP, in lower case hexadecimal. `timestamp` is the part of
/// the greeting from "<" to ">".
[[nodiscard]] std::string apop_digest(std::string_view timestamp, const Secret& password);

}  // namespace postern::wire::sasl
