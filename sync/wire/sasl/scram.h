#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sync/wire/sasl/client.h"

namespace postern::wire::sasl {

enum class ScramHash : std::uint8_t { sha_1, sha_256 };
enum class ScramForm : std::uint8_t { bare, plus };

/// RFC 5802 and RFC 7677: proves that both sides know the password without sending it.
class ScramClient final : public Client {
 public:
  /// The most iterations a server may ask for (about a second of work): beyond, it only wants to
  /// keep us busy.
  static constexpr unsigned iteration_limit = 1'000'000;

  /// The form `plus` needs a channel binding in `context`. In the bare form a binding only tells
  /// the server that we could have used one, so that it notices when somebody removed -PLUS from
  /// its offer (RFC 5802 section 6).
  ScramClient(ScramHash hash, ScramForm form, Credentials credentials, Context context);

  [[nodiscard]] std::optional<Secret> initial() override;
  [[nodiscard]] Response respond(std::string_view challenge) override;
  [[nodiscard]] bool slow() const override { return step_ == Step::sent_first; }
  [[nodiscard]] bool finished() const override { return step_ == Step::finished; }
  [[nodiscard]] Denial denial() const override { return denial_; }

 private:
  enum class Step : std::uint8_t { begin, sent_first, sent_proof, finished, failed };

  [[nodiscard]] Response prove(std::string_view server_first);
  [[nodiscard]] Response verify(std::string_view server_final);
  [[nodiscard]] Response deny(std::string_view error);
  [[nodiscard]] std::string gs2_header() const;
  [[nodiscard]] Response fail(std::string what);

  ScramHash hash_;
  ScramForm form_;
  Credentials credentials_;
  Context context_;
  std::string client_first_bare_;
  std::string server_signature_;
  Step step_ = Step::begin;
  Denial denial_ = Denial::none;
};

}  // namespace postern::wire::sasl
