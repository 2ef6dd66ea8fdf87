#pragma once

#include <memory>
#include <utility>

#include "sync/store/annotation_table.h"
#include "sync/store/body_table.h"
#include "sync/store/credential_table.h"
#include "sync/store/database.h"
#include "sync/store/device_table.h"
#include "sync/store/expunged_table.h"
#include "sync/store/import_table.h"
#include "sync/store/listed_fields_table.h"
#include "sync/store/login_table.h"
#include "sync/store/mailbox_table.h"
#include "sync/store/message_table.h"
#include "sync/store/origin_table.h"
#include "sync/store/search_table.h"
#include "sync/store/sent_copy_table.h"
#include "sync/store/sort_key_table.h"
#include "sync/store/submission_table.h"
#include "sync/store/undo_log.h"

namespace postern::store {

/// The writer's connection and all that is prepared on it: thrown away and made anew together.
struct Tables {
  explicit Tables(std::unique_ptr<Database> opened)
      : database(std::move(opened)),
        mailboxes(*database, undo),
        annotations(*database, undo),
        messages(*database),
        expunged(*database),
        bodies(*database),
        sort_keys(*database),
        listed_fields(*database),
        origins(*database),
        credentials(*database),
        logins(*database),
        devices(*database),
        imports(*database),
        submissions(*database),
        sent_copies(*database),
        search(*database),
        savepoint(*database, "SAVEPOINT one_write"),
        roll_back(*database, "ROLLBACK TO one_write"),
        release(*database, "RELEASE one_write") {}

  UndoLog undo;
  std::unique_ptr<Database> database;
  MailboxTable mailboxes;
  AnnotationTable annotations;
  MessageTable messages;
  ExpungedTable expunged;
  BodyTable bodies;
  SortKeyTable sort_keys;
  ListedFieldsTable listed_fields;
  OriginTable origins;
  CredentialTable credentials;
  LoginTable logins;
  DeviceTable devices;
  ImportTable imports;
  SubmissionTable submissions;
  SentCopyTable sent_copies;
  SearchTable search;
  Statement savepoint;
  Statement roll_back;
  Statement release;
};

}  // namespace postern::store
