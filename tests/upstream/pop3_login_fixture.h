#pragma once

#include <string>

#include <gtest/gtest.h>

#include "sync/net/task_group.h"
#include "sync/upstream/pop3_login.h"
#include "tests/support/login_server.h"
#include "tests/upstream/pop3_fixture.h"

namespace postern::upstream {

using config::Login;
using test::LoginServer;

class Pop3LoginTest : public Pop3SessionTest {
 protected:
  /// A server that carries out whatever it offers.
  void offer(std::vector<std::string> capa,
             HostilePop3::Start start = HostilePop3::Start::plaintext) {
    serve(start);
    server->quirks.capa = std::move(capa);
    server->script = [this](const std::string& command, const net::Stream& stream) {
      return login(command, stream);
    };
  }
  /// The commands before STAT, without CAPA.
  [[nodiscard]] std::vector<std::string> exchange() const {
    std::vector<std::string> out;
    for (const std::string& command : server->commands) {
      if (command.starts_with("STAT")) break;
      if (command != "CAPA" && command != "STLS") out.push_back(command);
    }
    return out;
  }

  LoginServer login;
};

inline const std::string plain_response = "AGFubmEAc2VjcmV0IHdvcmRz";

}  // namespace postern::upstream
