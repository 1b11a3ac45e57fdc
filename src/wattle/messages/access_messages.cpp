#include "wattle/messages/access.h"
#include "wattle/messages/access_request.h"

namespace wattle::messages {

template const Type& type_of<User>();
template const Type& type_of<Page<User>>();
template const Type& type_of<Quota>();
template const Type& type_of<Project>();
template const Type& type_of<Page<Project>>();
template const Type& type_of<Token>();
template const Type& type_of<Page<Token>>();
template const Type& type_of<TokenSecret>();
template const Type& type_of<Session>();
template const Type& type_of<NewUser>();
template const Type& type_of<UserUpdate>();
template const Type& type_of<NewProject>();
template const Type& type_of<ProjectUpdate>();
template const Type& type_of<QuotaUpdate>();
template const Type& type_of<NewToken>();

}  // namespace wattle::messages
