/* modes: c++
 * The header alone: settings that must exist, system headers that it brings in, macros, valid in every dialect. */
#define closesocket(x) close(x) /* tutorials do this */
#include "mongoose.h"

/* Every switch has a value, whatever -Wundef says. */
#if MG_ENABLE_SOCKET != 1 || MG_ENABLE_EPOLL + MG_ENABLE_POLL != 1 || MG_ENABLE_LOG != 1 || MG_ENABLE_CUSTOM_LOG || \
    MG_ENABLE_CUSTOM_CALLOC || MG_ENABLE_CUSTOM_MILLIS || MG_ENABLE_CUSTOM_RANDOM || MG_ENABLE_ASSERT ||            \
    MG_ENABLE_PROFILE || MG_ENABLE_FATFS || MG_ENABLE_LFS || !MG_ENABLE_POSIX_FS || !MG_ENABLE_MD5 ||                \
    !MG_ENABLE_CHACHA20 || MG_ENABLE_TCPIP || !MG_ENABLE_TCPIP_DRIVER_INIT || MG_ENABLE_TCPIP_PRINT_DEBUG_STATS ||   \
    MG_ENABLE_BSD_SOCKETS || !MG_ENABLE_BSD_PROTOTYPES || MG_ENABLE_LWIP || MG_ENABLE_FREERTOS ||                    \
    MG_ENABLE_FREERTOS_TCP || MG_ENABLE_RL || !MG_ENABLE_WINSOCK || MG_ENABLE_SSI > 1 || MG_ENABLE_DIRLIST > 1 ||    \
    MG_ENABLE_IPV6 > 1 || MG_IPV6_V6ONLY
#error a default has changed
#endif
#if MG_ARCH != MG_ARCH_UNIX || MG_ARCH == MG_ARCH_WIN32 || MG_ARCH == MG_ARCH_ESP32 || MG_ARCH == MG_ARCH_ESP8266 || \
    MG_ARCH == MG_ARCH_ARMGCC || MG_ARCH == MG_ARCH_CUBE || MG_ARCH_NEWLIB != MG_ARCH_ARMGCC || MG_ARCH_MCUXPRESSO != 17
#error architecture
#endif
#if MG_IO_SIZE != 16384 || MG_MAX_RECV_SIZE != 3145728 || MG_DATA_SIZE != 32 || MG_MAX_HTTP_HEADERS != 30 || \
    MG_SOCK_LISTEN_BACKLOG_SIZE != 128 || MG_TLS_NONE != 0 || MG_OTA_NONE != 0
#error a size has changed
#endif
#if !defined(MG_TCPIP_IP) || !defined(MG_TCPIP_MASK) || !defined(MG_TCPIP_GW) || !defined(MG_TCPIP_DHCPNAME_SIZE) || \
    !defined(MG_SET_MAC_ADDRESS) || !defined(MG_SET_WIFI_CONFIG) || !defined(MG_PATH_MAX) || !defined(MG_DIRSEP) ||  \
    !defined(MG_TCPIP_GLOBAL) || !defined(MG_TCPIP_IPV6_LINKLOCAL) || !defined(MG_TCPIP_PREFIX_LEN) ||                 \
    !defined(MG_TCPIP_GW6) || !defined(MG_EPOLL_ADD) || !defined(MG_EPOLL_MOD) || !defined(MG_PROF_INIT) || !defined(MG_TLS)
#error a name is missing
#endif
#if MG_TCPIP_IP || MG_TCPIP_MASK || MG_TCPIP_GW || MG_TCPIP_PREFIX_LEN
#error an address of the built-in stack is set
#endif
#if defined(M_PI) || defined(FLT_MAX) || defined(PTHREAD_CREATE_JOINABLE)
#error math.h, float.h and pthread.h are not included
#endif

struct item {
  struct item *next;
};

static int listener_is_ready(struct mg_mgr *mgr) {
  struct mg_connection *c = mg_listen(mgr, "tcp://127.0.0.1:0", NULL, NULL);
  return c != NULL && (MG_SOCKET_TYPE) (size_t) c->fd != MG_INVALID_SOCKET && mg_ntohs(c->loc.port) != 0;
}

/* Names that programs use without an include of their own. */
static int system_headers(void) {
  struct stat st;
  struct timeval tv;
  struct sockaddr_in sin;
  DIR *nothing = NULL;
  int one = TCP_NODELAY + O_CLOEXEC + EAGAIN + SIGTERM;
  char text[MG_PATH_MAX];
  uint64_t wide = INT64_C(5);
  time_t now = time(NULL);
  memset(&st, 0, sizeof(st)), memset(&tv, 0, sizeof(tv)), memset(&sin, 0, sizeof(sin));
  snprintf(text, sizeof(text), "%" PRIu64, wide);
  (void) now, (void) one;
  return isalnum('a') && strtol("7", NULL, 10) == 7 && stat("/", &st) == 0 && getenv("NO_SUCH_NAME") == NULL &&
         inet_addr("127.0.0.1") != INADDR_NONE && gettimeofday(&tv, NULL) == 0 && UINT_MAX > 0 && getpid() > 0 &&
         gethostbyname("127.0.0.1") != NULL && signal(SIGUSR1, SIG_IGN) != SIG_ERR && mkdir("/", 0700) == -1 &&
         sleep(0) == 0 && opendir("/no/such/place") == nothing;
}

static int macros(void) {
  struct item *head = NULL, a, b;
  unsigned char buf[8];
  static const uint8_t six[16] = MG_IPV6(0xfe80, 0, 0, 0, 0, 0, 0, 1);
  struct mg_addr addr = {{{1, 2, 3, 4}}, 0, 0, false};
  struct mg_str s = mg_str("text");
  volatile uint32_t reg = 0;
  LIST_ADD_HEAD(struct item, &head, &a);
  LIST_ADD_TAIL(struct item, &head, &b);
  LIST_DELETE(struct item, &head, &a);
  MG_STORE_BE16(buf, 0x1234);
  MG_SET_BITS(MG_REG(&reg), 1U, 2U);
  MG_DEBUG(("never shown %d", 1));
  MG_INFO(("%.*s", (int) s.len, s.buf));
  MG_ARM_DISABLE_IRQ();
  MG_ARM_ENABLE_IRQ();
  MG_DSB();
  return head == &b && MG_LOAD_BE16(buf) == 0x1234 && six[0] == 0xfe && six[15] == 1 && addr.addr.ip[3] == 4 &&
         s.len == 4 && reg == 2 && MG_IPV4(127, 0, 0, 1) == htonl(INADDR_LOOPBACK) && strcmp(MG_VERSION, "7.22") == 0;
}

int main(void) {
  struct mg_mgr mgr;
  int ok;
  mg_log_set(MG_LL_NONE);
  mg_mgr_init(&mgr);
  ok = listener_is_ready(&mgr) && system_headers() && macros();
  mg_mgr_free(&mgr);
  printf("%d checks, %d failed\n", 3, ok ? 0 : 1);
  return ok ? 0 : 1;
}
