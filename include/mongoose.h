/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Mongoose 7.22 API on Vansire. Programs include this file and link libvansire.
 *
 * By hand: build settings, system headers, macros. Types and prototypes come from vansire.h, which is generated.
 * Block comments and C89 declarations only, clean under -pedantic -Wall -Wextra -Wconversion -Wshadow -Wundef in C
 * and in C++.
 */
#ifndef MONGOOSE_H
#define MONGOOSE_H

#define MG_VERSION "7.22"

/* ---- architectures --------------------------------------------------------------------------------------------- */

#define MG_ARCH_CUSTOM 0
#define MG_ARCH_UNIX 1
#define MG_ARCH_WIN32 2
#define MG_ARCH_ESP32 3
#define MG_ARCH_ESP8266 4
#define MG_ARCH_FREERTOS 5
#define MG_ARCH_THREADX 6
#define MG_ARCH_ZEPHYR 7
#define MG_ARCH_ARMGCC 8
#define MG_ARCH_NEWLIB MG_ARCH_ARMGCC
#define MG_ARCH_CMSIS_RTOS1 9
#define MG_ARCH_TIRTOS 10
#define MG_ARCH_PICOSDK 11
#define MG_ARCH_ARMCC 12
#define MG_ARCH_CMSIS_RTOS2 13
#define MG_ARCH_RTTHREAD 14
#define MG_ARCH_ARMCGT 15
#define MG_ARCH_CUBE 16
#define MG_ARCH_MCUXPRESSO 17

#if !defined(MG_ARCH)
#if defined(__unix__) || defined(__APPLE__)
#define MG_ARCH MG_ARCH_UNIX
#elif defined(_WIN32)
#define MG_ARCH MG_ARCH_WIN32
#else
#include "mongoose_config.h"
#endif
#endif
#if !defined(MG_ARCH)
#error "Define MG_ARCH, in mongoose_config.h or on the command line"
#endif

/* ---- system headers that programs rely on ---------------------------------------------------------------------- */

#if MG_ARCH == MG_ARCH_UNIX
#if defined(__APPLE__)
#define _DARWIN_UNLIMITED_SELECT 1
#endif
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
#include <poll.h>
#if defined(__linux__)
#include <sys/epoll.h>
#endif
#else
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#endif

/* ---- build settings -------------------------------------------------------------------------------------------- */

/* Carried into the prebuilt library, see mg_x_settings below. */
#if !defined(MG_DATA_SIZE)
#define MG_DATA_SIZE 32 /* bytes of c->data */
#endif
#if !defined(MG_MAX_HTTP_HEADERS)
#define MG_MAX_HTTP_HEADERS 30 /* headers of a message */
#endif
#if !defined(MG_IO_SIZE)
#define MG_IO_SIZE 16384 /* growth step of I/O buffers */
#endif
#if !defined(MG_MAX_RECV_SIZE)
#define MG_MAX_RECV_SIZE (3UL * 1024UL * 1024UL) /* cap of c->recv */
#endif
#if !defined(MG_SOCK_LISTEN_BACKLOG_SIZE)
#define MG_SOCK_LISTEN_BACKLOG_SIZE 128
#endif
#if !defined(MG_IPV6_V6ONLY)
#define MG_IPV6_V6ONLY 0
#endif
#if !defined(MG_ENABLE_PROFILE)
#define MG_ENABLE_PROFILE 0
#endif
#if defined(MG_ENABLE_SSI)
#define MG_X_SSI MG_ENABLE_SSI
#else
#define MG_ENABLE_SSI 0
#define MG_X_SSI 1 /* the prebuilt library has includes; only a program that says 0 turns them off */
#endif
#if !defined(MG_MAX_SSI_DEPTH)
#define MG_MAX_SSI_DEPTH 5 /* files that include each other */
#endif
#if !defined(MG_SSI_BUFSIZ)
#define MG_SSI_BUFSIZ 1024 /* bytes of a directive, and two */
#endif
#if !defined(MG_ENABLE_DIRLIST)
#define MG_ENABLE_DIRLIST 1
#endif
#if defined(MG_HTTP_INDEX)
#define MG_X_OWN_INDEX 1
#else
#define MG_X_OWN_INDEX 0
#define MG_HTTP_INDEX "index.html"
#endif
#if defined(MG_HTTP_DIRLIST_TIME_FMT) /* a format of strftime; otherwise seconds since 1970 */
#define MG_X_DIRLIST_TIME 1
#define MG_X_DIRLIST_TIME_FMT MG_HTTP_DIRLIST_TIME_FMT
#else
#define MG_X_DIRLIST_TIME 0
#define MG_X_DIRLIST_TIME_FMT NULL
#endif

#if !defined(MG_ENABLE_SOCKET)
#define MG_ENABLE_SOCKET 1
#endif
#if !defined(MG_ENABLE_EPOLL)
#if defined(__linux__)
#define MG_ENABLE_EPOLL 1
#else
#define MG_ENABLE_EPOLL 0
#endif
#endif
#if !defined(MG_ENABLE_POLL)
#if MG_ENABLE_EPOLL
#define MG_ENABLE_POLL 0
#else
#define MG_ENABLE_POLL 1
#endif
#endif
#if !defined(MG_ENABLE_IPV6)
#define MG_ENABLE_IPV6 1
#endif
#if !defined(MG_ENABLE_LOG)
#define MG_ENABLE_LOG 1
#endif
#if !defined(MG_ENABLE_CUSTOM_LOG)
#define MG_ENABLE_CUSTOM_LOG 0
#endif
#if !defined(MG_ENABLE_CUSTOM_CALLOC)
#define MG_ENABLE_CUSTOM_CALLOC 0
#endif
#if !defined(MG_ENABLE_CUSTOM_MILLIS)
#define MG_ENABLE_CUSTOM_MILLIS 0
#endif
#if !defined(MG_ENABLE_CUSTOM_RANDOM)
#define MG_ENABLE_CUSTOM_RANDOM 0
#endif
#if !defined(MG_ENABLE_CUSTOM_DEVICE_ID)
#define MG_ENABLE_CUSTOM_DEVICE_ID 0
#endif
#if !defined(MG_ENABLE_ASSERT)
#define MG_ENABLE_ASSERT 0
#endif
#if !defined(MG_ENABLE_POSIX_FS)
#define MG_ENABLE_POSIX_FS 1
#endif
#if !defined(MG_ENABLE_FATFS)
#define MG_ENABLE_FATFS 0
#endif
#if !defined(MG_ENABLE_LFS)
#define MG_ENABLE_LFS 0
#endif
#if !defined(MG_ENABLE_MD5)
#define MG_ENABLE_MD5 1
#endif
#if !defined(MG_ENABLE_CHACHA20)
#define MG_ENABLE_CHACHA20 1
#endif
#if !defined(MG_ENABLE_TCPIP)
#define MG_ENABLE_TCPIP 0
#endif
#if !defined(MG_ENABLE_TCPIP_DRIVER_INIT)
#define MG_ENABLE_TCPIP_DRIVER_INIT 1
#endif
#if !defined(MG_ENABLE_TCPIP_PRINT_DEBUG_STATS)
#define MG_ENABLE_TCPIP_PRINT_DEBUG_STATS 0
#endif
#if !defined(MG_ENABLE_BSD_SOCKETS)
#define MG_ENABLE_BSD_SOCKETS 0
#endif
#if !defined(MG_ENABLE_BSD_PROTOTYPES)
#define MG_ENABLE_BSD_PROTOTYPES 1
#endif
#if !defined(MG_ENABLE_LWIP)
#define MG_ENABLE_LWIP 0
#endif
#if !defined(MG_ENABLE_FREERTOS)
#define MG_ENABLE_FREERTOS 0
#endif
#if !defined(MG_ENABLE_FREERTOS_TCP)
#define MG_ENABLE_FREERTOS_TCP 0
#endif
#if !defined(MG_ENABLE_RL)
#define MG_ENABLE_RL 0
#endif
#if !defined(MG_ENABLE_WINSOCK)
#define MG_ENABLE_WINSOCK 1
#endif
#if !defined(MG_TCPIP_IP)
#define MG_TCPIP_IP 0
#endif
#if !defined(MG_TCPIP_MASK)
#define MG_TCPIP_MASK 0
#endif
#if !defined(MG_TCPIP_GW)
#define MG_TCPIP_GW 0
#endif
#if !defined(MG_TCPIP_GLOBAL)
#define MG_TCPIP_GLOBAL MG_IPV6(0, 0, 0, 0, 0, 0, 0, 0)
#endif
#if !defined(MG_TCPIP_IPV6_LINKLOCAL)
#define MG_TCPIP_IPV6_LINKLOCAL MG_IPV6(0, 0, 0, 0, 0, 0, 0, 0)
#endif
#if !defined(MG_TCPIP_PREFIX_LEN)
#define MG_TCPIP_PREFIX_LEN 0
#endif
#if !defined(MG_TCPIP_GW6)
#define MG_TCPIP_GW6 MG_IPV6(0, 0, 0, 0, 0, 0, 0, 0)
#endif
#if !defined(MG_TCPIP_DHCPNAME_SIZE)
#define MG_TCPIP_DHCPNAME_SIZE 18
#endif
#if !defined(MG_SET_MAC_ADDRESS)
#define MG_SET_MAC_ADDRESS(mac)
#endif
#if !defined(MG_SET_WIFI_CONFIG)
#define MG_SET_WIFI_CONFIG(ifp, d)
#endif

#if !defined(MG_PATH_MAX)
#if MG_ARCH == MG_ARCH_UNIX
#define MG_PATH_MAX FILENAME_MAX
#else
#define MG_PATH_MAX 100
#endif
#endif
#if !defined(MG_DIRSEP)
#define MG_DIRSEP '/'
#endif
#if !defined(MG_JSON_MAX_DEPTH)
#define MG_JSON_MAX_DEPTH 30
#endif

#if !defined(MG_SOCKET_TYPE)
#define MG_SOCKET_TYPE int
#endif
#if !defined(MG_INVALID_SOCKET)
#define MG_INVALID_SOCKET (-1)
#endif
#if !defined(MG_SOCKET_ERRNO)
#define MG_SOCKET_ERRNO errno
#endif

#define MG_TLS_NONE 0
#define MG_TLS_MBED 1
#define MG_TLS_OPENSSL 2
#define MG_TLS_BUILTIN 3
#define MG_TLS_CUSTOM 4
#define MG_TLS_WOLFSSL 5
#if !defined(MG_TLS)
#define MG_TLS MG_TLS_CUSTOM /* the library has TLS, whatever a program says here */
#endif
#define X25519_BASE_POINT mg_x_x25519_base_point
#define MG_IS_DER(buf) (((const uint8_t *) (buf))[0] == 0x30)

#define MG_OTA_NONE 0
#define MG_OTA_STM32H5 1
#define MG_OTA_STM32H7 2
#define MG_OTA_STM32H7_DUAL_CORE 3
#define MG_OTA_STM32F 4
#define MG_OTA_CH32V307 100
#define MG_OTA_U2A 200
#define MG_OTA_RT1020 300
#define MG_OTA_RT1050 301
#define MG_OTA_RT1060 302
#define MG_OTA_RT1064 303
#define MG_OTA_RT1170 304
#define MG_OTA_MCXN 310
#define MG_OTA_RW612 320
#define MG_OTA_FLASH 900
#define MG_OTA_ESP32 910
#define MG_OTA_PICOSDK 920
#define MG_OTA_CUSTOM 1000
#if !defined(MG_OTA)
#define MG_OTA MG_OTA_NONE
#else
#define MG_X_OTA_SET 1
#endif
#if !defined(MG_OTA_URL)
#define MG_OTA_URL NULL
#else
#define MG_X_OTA_SET 1
#endif
#if !defined(MG_OTA_TLS_CA)
#define MG_OTA_TLS_CA NULL
#else
#define MG_X_OTA_SET 1
#endif
#if !defined(MG_OTA_STATUS_FN)
#define MG_OTA_STATUS_FN NULL
#else
#define MG_X_OTA_SET 1
#endif
#if !defined(MG_OTA_FIRMWARE_VERSION)
#define MG_OTA_FIRMWARE_VERSION "1.0.0"
#else
#define MG_X_OTA_SET 1
#endif
#if !defined(MG_OTA_MAX_VERSION_LEN)
#define MG_OTA_MAX_VERSION_LEN 64
#else
#define MG_X_OTA_SET 1
#endif
#if !defined(MG_OTA_PULL_INTERVAL_SECONDS)
#define MG_OTA_PULL_INTERVAL_SECONDS 60
#else
#define MG_X_OTA_SET 1
#endif
#if !defined(MG_OTA_ROLLBACK_TIMEOUT_SECONDS)
#define MG_OTA_ROLLBACK_TIMEOUT_SECONDS 120
#endif
#if !defined(MG_OTA_STATE_GET)
#define MG_OTA_STATE_GET() 0
#else
#define MG_X_OTA_SET 1
#endif
#if !defined(MG_OTA_STATE_SET)
#define MG_OTA_STATE_SET(v) ((void) (v))
#endif
enum { MG_OTA_CONFIRMED = 0, MG_OTA_TESTING = 1, MG_OTA_FAILED = 2, MG_OTA_ROLLEDBACK = 3 };
#if !defined(MG_OTA_BOOT_CHECK)
#define MG_OTA_BOOT_CHECK()
#endif

#define MG_WIFI_SECURITY_OPEN 0
#define MG_WIFI_SECURITY_WEP 1
#define MG_WIFI_SECURITY_WPA 2
#define MG_WIFI_SECURITY_WPA2 4
#define MG_WIFI_SECURITY_WPA3 8
#define MG_WIFI_SECURITY_WPA_ENTERPRISE 16
#define MG_WIFI_SECURITY_WPA2_ENTERPRISE 32
#define MG_WIFI_SECURITY_WPA3_ENTERPRISE 64
#define MG_WIFI_BAND_2G 0
#define MG_WIFI_BAND_5G 1

#define GCM_AUTH_FAILURE 0x55555555

/* ---- macros ---------------------------------------------------------------------------------------------------- */

#if MG_ENABLE_ASSERT
#include <assert.h>
#elif !defined(assert)
#define assert(x)
#endif

#define MG_DSCP_CS(c) ((c) << 3)
#define MG_DSCP_AF(c, d) (((c) << 3) | ((d) << 1))
#define MG_DSCP_EF 46

#define MG_U32(a, b, c, d)                                                                             \
  (((uint32_t) ((a) & 255) << 24) | ((uint32_t) ((b) & 255) << 16) | ((uint32_t) ((c) & 255) << 8) | \
   (uint32_t) ((d) & 255))
#define MG_IPV4(a, b, c, d) mg_htonl(MG_U32(a, b, c, d))
#define MG_X_HI(w) ((uint8_t) (((w) >> 8) & 255))
#define MG_X_LO(w) ((uint8_t) ((w) & 255))
#define MG_IPV6(a, b, c, d, e, f, g, h)                                                                      \
  {                                                                                                          \
    MG_X_HI(a), MG_X_LO(a), MG_X_HI(b), MG_X_LO(b), MG_X_HI(c), MG_X_LO(c), MG_X_HI(d), MG_X_LO(d),          \
        MG_X_HI(e), MG_X_LO(e), MG_X_HI(f), MG_X_LO(f), MG_X_HI(g), MG_X_LO(g), MG_X_HI(h), MG_X_LO(h)       \
  }

#define MG_U8P(p) ((uint8_t *) (p))
#define MG_X_CU8P(p) ((const uint8_t *) (p))
#define MG_IPADDR_PARTS(p) MG_X_CU8P(p)[0], MG_X_CU8P(p)[1], MG_X_CU8P(p)[2], MG_X_CU8P(p)[3]

#define MG_LOAD_BE16(p) ((uint16_t) (((uint16_t) MG_X_CU8P(p)[0] << 8U) | MG_X_CU8P(p)[1]))
#define MG_LOAD_BE24(p) \
  ((uint32_t) (((uint32_t) MG_X_CU8P(p)[0] << 16U) | ((uint32_t) MG_X_CU8P(p)[1] << 8U) | MG_X_CU8P(p)[2]))
#define MG_LOAD_BE32(p)                                                                       \
  ((uint32_t) (((uint32_t) MG_X_CU8P(p)[0] << 24U) | ((uint32_t) MG_X_CU8P(p)[1] << 16U) | \
               ((uint32_t) MG_X_CU8P(p)[2] << 8U) | MG_X_CU8P(p)[3]))
#define MG_LOAD_BE64(p) \
  ((uint64_t) (((uint64_t) MG_LOAD_BE32(p) << 32U) | MG_LOAD_BE32(MG_X_CU8P(p) + 4)))
#define MG_X_BYTE(n, shift) ((uint8_t) (((n) >> (shift)) & 255U))
#define MG_STORE_BE16(p, n)                         \
  do {                                              \
    MG_U8P(p)[0] = MG_X_BYTE((uint16_t) (n), 8U);   \
    MG_U8P(p)[1] = MG_X_BYTE((uint16_t) (n), 0U);   \
  } while (0)
#define MG_STORE_BE24(p, n)                         \
  do {                                              \
    MG_U8P(p)[0] = MG_X_BYTE((uint32_t) (n), 16U);  \
    MG_U8P(p)[1] = MG_X_BYTE((uint32_t) (n), 8U);   \
    MG_U8P(p)[2] = MG_X_BYTE((uint32_t) (n), 0U);   \
  } while (0)
#define MG_STORE_BE32(p, n)                         \
  do {                                              \
    MG_U8P(p)[0] = MG_X_BYTE((uint32_t) (n), 24U);  \
    MG_U8P(p)[1] = MG_X_BYTE((uint32_t) (n), 16U);  \
    MG_U8P(p)[2] = MG_X_BYTE((uint32_t) (n), 8U);   \
    MG_U8P(p)[3] = MG_X_BYTE((uint32_t) (n), 0U);   \
  } while (0)
#define MG_STORE_BE64(p, n)                         \
  do {                                              \
    MG_U8P(p)[0] = MG_X_BYTE((uint64_t) (n), 56U);  \
    MG_U8P(p)[1] = MG_X_BYTE((uint64_t) (n), 48U);  \
    MG_U8P(p)[2] = MG_X_BYTE((uint64_t) (n), 40U);  \
    MG_U8P(p)[3] = MG_X_BYTE((uint64_t) (n), 32U);  \
    MG_U8P(p)[4] = MG_X_BYTE((uint64_t) (n), 24U);  \
    MG_U8P(p)[5] = MG_X_BYTE((uint64_t) (n), 16U);  \
    MG_U8P(p)[6] = MG_X_BYTE((uint64_t) (n), 8U);   \
    MG_U8P(p)[7] = MG_X_BYTE((uint64_t) (n), 0U);   \
  } while (0)

#define MG_BIG_ENDIAN (mg_ntohs(1) == 1)
#define mg_htons(x) mg_ntohs(x)
#define mg_htonl(x) mg_ntohl(x)
#define mg_htonll(x) mg_ntohll(x)

#define MG_REG(x) ((volatile uint32_t *) (x))[0]
#define MG_BIT(x) (((uint32_t) 1U) << (x))
#define MG_SET_BITS(R, CLRMASK, SETMASK) (R) = (((R) | (CLRMASK)) ^ (CLRMASK)) | (SETMASK)
#define MG_ROUND_UP(x, a) ((a) == 0 ? (x) : ((((x) + (a) -1) / (a)) * (a)))
#define MG_ROUND_DOWN(x, a) ((a) == 0 ? (x) : (((x) / (a)) * (a)))

#define MG_ARM_DISABLE_IRQ() (void) 0
#define MG_ARM_ENABLE_IRQ() (void) 0
#define MG_DSB() (void) 0

#define LIST_ADD_HEAD(type_, head_, elem_) \
  do {                                     \
    (elem_)->next = (*head_);              \
    *(head_) = (elem_);                    \
  } while (0)
#define LIST_ADD_TAIL(type_, head_, elem_)                 \
  do {                                                     \
    type_ **mg_at_ = head_;                                \
    while (*mg_at_ != NULL) mg_at_ = &(*mg_at_)->next;     \
    *mg_at_ = (elem_);                                     \
  } while (0)
#define LIST_DELETE(type_, head_, elem_)                   \
  do {                                                     \
    type_ **mg_at_ = head_;                                \
    while (*mg_at_ != (elem_)) mg_at_ = &(*mg_at_)->next;  \
    *mg_at_ = (elem_)->next;                               \
  } while (0)

#define mg_str(s) mg_str_s(s)
#define MG_ESC(str) mg_print_esc, 0, (str)

#include "vansire.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mg_md5_ctx mg_md5_ctx;
typedef struct mg_sha1_ctx mg_sha1_ctx;
typedef struct mg_sha256_ctx mg_sha256_ctx;
typedef struct mg_sha384_ctx mg_sha384_ctx;
typedef struct MG_UECC_HashContext MG_UECC_HashContext;

/* Defined by the output of the file packer, not by the library. */
extern const struct mg_mem_file mg_packed_files[];

/* ---- log ------------------------------------------------------------------------------------------------------- */

enum { MG_LL_NONE, MG_LL_ERROR, MG_LL_INFO, MG_LL_DEBUG, MG_LL_VERBOSE };

#define mg_log_set(level_) (mg_log_level = (level_))

#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 199901L)
#define MG___FUNC__ __func__
#else
#define MG___FUNC__ ""
#endif

#if MG_ENABLE_LOG
#define MG_LOG(level_, args_)                                          \
  do {                                                                 \
    if ((level_) <= mg_log_level) {                                    \
      mg_log_prefix((level_), __FILE__, __LINE__, MG___FUNC__);        \
      mg_log args_;                                                    \
    }                                                                  \
  } while (0)
#else
#define MG_LOG(level_, args_) \
  do {                        \
    if (0) mg_log args_;      \
  } while (0)
#endif

#define MG_ERROR(args_) MG_LOG(MG_LL_ERROR, args_)
#define MG_INFO(args_) MG_LOG(MG_LL_INFO, args_)
#define MG_DEBUG(args_) MG_LOG(MG_LL_DEBUG, args_)
#define MG_VERBOSE(args_) MG_LOG(MG_LL_VERBOSE, args_)

/* ---- dashboard ------------------------------------------------------------------------------------------------- */

#if !defined(MG_HTTP_ADDR)
#define MG_HTTP_ADDR "http://0.0.0.0:8000"
#define MG_HTTPS_ADDR "https://0.0.0.0:8443"
#define MG_MODBUS_ADDR "tcp://0.0.0.0:8502"
#endif
#if !defined(MG_DASH_MAX_SEND_BUF_SIZE)
#define MG_DASH_MAX_SEND_BUF_SIZE (MG_IO_SIZE * 5)
#endif

/* Puts a set in front of the others. */
#define MG_DASH_ADD_FIELD_SET(dash_, set_) ((set_)->next = (dash_)->sets, (dash_)->sets = (set_))

/* Puts a handler in front of the others; its record is static, so that each call site has one. */
#define MG_DASH_REGISTER_CUSTOM_HANDLER(dash_, uri_, fn_, data_) \
  do {                                                           \
    static struct mg_dash_custom_handler mg_handler_;            \
    mg_handler_.uri_pattern = mg_str(uri_);                      \
    mg_handler_.handler = (fn_);                                 \
    mg_handler_.handler_data = (data_);                          \
    mg_handler_.next = (dash_)->custom_handlers;                 \
    (dash_)->custom_handlers = &mg_handler_;                     \
  } while (0)

/* Defined by programs, not by the library. */
extern struct mg_mgr g_mgr;
void mg_dash_init(struct mg_mgr *mgr);
void mg_dash_poll(struct mg_mgr *mgr);
void mg_mqtt_init(struct mg_mgr *mgr);
void mg_mqtt_poll(struct mg_mgr *mgr);

/* The library tells the system what to watch; these exist for sources that name them. */
#define MG_EPOLL_ADD(c) ((void) (c))
#define MG_EPOLL_MOD(c, wr) ((void) (c), (void) (wr))

/* ---- profiler -------------------------------------------------------------------------------------------------- */

#if MG_ENABLE_PROFILE
#define MG_PROFILE_ALLOC_GRANULARITY 256
#define MG_PROF_INIT(c) mg_x_prof_init(c)
#define MG_PROF_ADD(c, name_) mg_x_prof_add((c), (name_))
#define MG_PROF_DUMP(c) mg_x_prof_dump(c)
#define MG_PROF_FREE(c) mg_iobuf_free(&(c)->prof)
#else
#define MG_PROF_INIT(c)
#define MG_PROF_ADD(c, name_)
#define MG_PROF_DUMP(c)
#define MG_PROF_FREE(c)
#endif

/* ---- this program's settings, for the prebuilt library --------------------------------------------------------- */

#if MG_DATA_SIZE != 32 || MG_MAX_HTTP_HEADERS != 30 || MG_IO_SIZE != 16384 || \
    MG_MAX_RECV_SIZE != (3UL * 1024UL * 1024UL) || MG_SOCK_LISTEN_BACKLOG_SIZE != 128 || MG_IPV6_V6ONLY || \
    MG_ENABLE_PROFILE || !MG_X_SSI || MG_MAX_SSI_DEPTH != 5 || MG_SSI_BUFSIZ != 1024 || !MG_ENABLE_DIRLIST || \
    MG_X_OWN_INDEX || MG_X_DIRLIST_TIME
/* Replaces the library's weak default. All files of one program must agree, as they must anyway. */
extern struct mg_x_settings_t mg_x_settings;
__attribute__((weak)) struct mg_x_settings_t mg_x_settings = {
    (size_t) (MG_DATA_SIZE), (size_t) (MG_MAX_HTTP_HEADERS), (size_t) (MG_IO_SIZE), (size_t) (MG_MAX_RECV_SIZE),
    (size_t) (MG_SOCK_LISTEN_BACKLOG_SIZE), MG_IPV6_V6ONLY ? 1 : 0, MG_ENABLE_PROFILE ? 1 : 0,
    MG_X_SSI ? 1 : 0, (size_t) (MG_MAX_SSI_DEPTH), (size_t) (MG_SSI_BUFSIZ), MG_ENABLE_DIRLIST ? 1 : 0,
    MG_HTTP_INDEX, MG_X_DIRLIST_TIME_FMT};
#endif

#if !MG_ENABLE_SOCKET
/* This program defines mg_mgr_poll, mg_send, mg_open_listener and mg_connect_resolved. */
extern int mg_x_own_backend;
__attribute__((weak)) int mg_x_own_backend = 1;
#endif

#if defined(MG_X_OTA_SET)
static void mg_x_ota_fill(struct mg_x_ota_t *ota) {
  ota->url = MG_OTA_URL;
  ota->tls_ca = MG_OTA_TLS_CA;
  ota->status_fn = MG_OTA_STATUS_FN;
  ota->version = MG_OTA_FIRMWARE_VERSION;
  ota->max_version_len = (size_t) (MG_OTA_MAX_VERSION_LEN);
  ota->interval = (size_t) (MG_OTA_PULL_INTERVAL_SECONDS);
  ota->arch = (int) (MG_OTA);
  ota->state = (int) (MG_OTA_STATE_GET());
  ota->poll = mg_ota_poll;
}
extern void (*mg_x_ota)(struct mg_x_ota_t *);
__attribute__((weak)) void (*mg_x_ota)(struct mg_x_ota_t *) = mg_x_ota_fill;
#endif

#ifdef __cplusplus
}
#endif
#endif /* MONGOOSE_H */
