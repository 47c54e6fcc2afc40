// Shared by the small programs: command line, addresses, time, listening. Linux only.
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *program;

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", program);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

// Checks the result of every system call whose failure ends the program.
static inline int must(int result, const char *what)
{
    if (result < 0)
        die("%s: %s", what, strerror(errno));
    return result;
}

static inline double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static inline int64_t nanoseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline long parse_number(const char *text, long low, long high)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < low || value > high)
        die("'%s' is not a number from %ld to %ld", text, low, high);
    return value;
}

static inline double parse_seconds(const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= 0 && value < 86400))
        die("'%s' is not a number of seconds", text);
    return value;
}

static inline struct sockaddr_in ipv4(uint32_t host, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(host) };
    return address;
}

// "127.0.0.1:7000"
static inline struct sockaddr_in parse_address(const char *text)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    struct in_addr parsed;
    if (!colon || (size_t)(colon - text) >= sizeof host)
        die("'%s' is not host:port", text);
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = 0;
    if (inet_pton(AF_INET, host, &parsed) != 1)
        die("'%s' is not an IPv4 address", host);
    return ipv4(ntohl(parsed.s_addr), (uint16_t)parse_number(colon + 1, 1, 65535));
}

// Listens on 127.0.0.1. Port 0 picks a free one. Prints the line that the driver waits for.
static inline int listen_on_loopback(long port)
{
    int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = ipv4(INADDR_LOOPBACK, (uint16_t)port);
    socklen_t length = sizeof address;
    must(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
    must(listen(fd, 4096), "listen");
    must(getsockname(fd, (struct sockaddr *)&address, &length), "getsockname");
    printf("ready 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static inline void no_delay(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static inline void start_program(const char *name)
{
    program = name;
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}
