#include "config/login.h"

#include <fmt/format.h>

#include "config/values.h"

namespace postern::config {

Login read_login(Fields& fields, Tls tls, SecretForm form) {
  const auto login = fields.get("login", login_method);
  if (!login) return Login::strongest;
  const bool token = *login == Login::oauthbearer || *login == Login::xoauth2;
  const bool plus = *login == Login::scram_sha_1_plus || *login == Login::scram_sha_256_plus;
  if (*login != Login::strongest && token != (form == SecretForm::token)) {
    fields.mistake("login", token ? Problem{"logs in with a token, and there is no oauth",
                                            "write oauth: {client_id: ...}, or delete the line"}
                                  : Problem{"logs in with a password, and oauth gives a token",
                                            "write oauthbearer or xoauth2, or delete the line"});
  } else if (plus && tls == Tls::none) {
    fields.mistake("login", {"is tied to the TLS connection, and there is none",
                             "write the name without -plus, or tls: implicit"});
  } else {
    return *login;
  }
  return Login::strongest;
}

std::string server_key(std::string_view scheme, std::string_view user, const HostPort& server) {
  const bool v6 = server.host.find(':') != std::string::npos;
  return v6 ? fmt::format("{}://{}@[{}]:{}", scheme, user, server.host, server.port)
            : fmt::format("{}://{}@{}:{}", scheme, user, server.host, server.port);
}

}  // namespace postern::config
