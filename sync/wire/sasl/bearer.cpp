#include "sync/wire/sasl/bearer.h"

namespace postern::wire::sasl {

std::optional<Secret> BearerClient::initial() {
  std::string message;
  if (form_ == Form::xoauth2) {
    message = "user=" + credentials_.user + "\x01";
  } else {
    message = "n,a=" + credentials_.user + ",\x01host=" + context_.host +
              "\x01port=" + std::to_string(context_.port) + "\x01";
  }
  message += "auth=Bearer ";
  message += credentials_.secret.reveal();
  message += "\x01\x01";
  return Secret(std::move(message));
}

Response BearerClient::respond(std::string_view /*challenge*/) {
  refused_ = true;
  return form_ == Form::xoauth2 ? Secret() : Secret("\x01");
}

}  // namespace postern::wire::sasl
