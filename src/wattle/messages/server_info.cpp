#include "wattle/messages/server_info.h"

namespace wattle::messages {

template const Type& type_of<ServerInfo>();
template const Type& type_of<HealthCheck>();
template const Type& type_of<Health>();

}  // namespace wattle::messages
