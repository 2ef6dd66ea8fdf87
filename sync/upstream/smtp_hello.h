#pragma once

#include <asio/awaitable.hpp>

#include "sync/upstream/smtp_connection.h"
#include "sync/wire/smtp/extensions.h"

namespace postern::upstream {

/// What a server answers to the name that we give ourselves.
struct SmtpHello {
  wire::smtp::Reply reply;
  wire::smtp::Extensions extensions;
};

/// EHLO, or HELO with a server that has no extensions (RFC 5321 section 3.2). Network thread.
asio::awaitable<Answer<SmtpHello>> smtp_hello(SmtpConnection& connection);

/// EHLO again, behind a login: what is offered now, or `before` if the server is not to be asked
/// twice.
/// Workaround: Dovecot 2.3 (submission): offers 8BITMIME and DSN before the login, and refuses them
/// behind it if the server that it passes mail on to has not got them.
asio::awaitable<Answer<wire::smtp::Extensions>> smtp_hello_again(SmtpConnection& connection,
                                                                 wire::smtp::Extensions before);

/// The server's greeting, then smtp_hello().
asio::awaitable<Answer<SmtpHello>> smtp_begin(SmtpConnection& connection);

}  // namespace postern::upstream
