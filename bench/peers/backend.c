// The far end of every measurement: one thread on epoll, as cheap as possible, because it shares its core with the load.
//
//     backend --mode echo|sink|source|serve|check|greet [--port P]
//
// echo    returns every byte
// sink    reads and discards
// source  sends endlessly to every client
// serve   sends as many bytes as a request asks for; a request is a little-endian uint64
// check   reads and compares, and reports each 64 KiB with one byte: '+' if it was right, '-' if not
// greet   sends one byte at accept, then acts as sink; the byte proves to a client that it has reached the backend
//
// source and serve send, and check expects, a repeated pattern of 64 KiB.
#define _GNU_SOURCE
#include "net.h"

#include <endian.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/uio.h>

enum {
    EVENTS_PER_TURN = 256,
    SCRATCH = 65536,
    SOURCE_REPEATS = 8,        // the same cache-warm 64 KiB, several times per call
};

struct connection {
    struct connection *next;   // in the list of dead ones until the end of the turn
    int fd;
    uint64_t owed;             // serve: bytes still to send
    size_t position;           // offset in the pattern of the next byte to send or receive
    bool wrong;                // check: wrong bytes arrived
    size_t request_got;
    uint8_t request[8];
    bool blocked;              // serve: waits until the socket is writable
    char *held;                // echo: bytes that the client does not accept yet
    size_t held_from, held_to;
};

static enum { NONE, ECHO, SINK, SOURCE, SERVE, CHECK, GREET } mode;
static int epoll;
static char scratch[SCRATCH];
static char pattern[SCRATCH];
static struct connection *dead;

static void watch(struct connection *connection, int verb, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = connection };
    must(epoll_ctl(epoll, verb, connection->fd, &event), "epoll_ctl");
}

static void end(struct connection *connection)
{
    close(connection->fd);
    connection->fd = -1;
    connection->next = dead;
    dead = connection;
}

static void echo_out(struct connection *connection)
{
    ssize_t sent = send(connection->fd, connection->held + connection->held_from, connection->held_to - connection->held_from, 0);
    if (sent < 0) {
        if (errno != EAGAIN)
            end(connection);
        return;
    }
    connection->held_from += (size_t)sent;
    if (connection->held_from < connection->held_to)
        return;
    free(connection->held);
    connection->held = NULL;
    watch(connection, EPOLL_CTL_MOD, EPOLLIN);
}

static void echo_in(struct connection *connection)
{
    ssize_t count = recv(connection->fd, scratch, sizeof scratch, 0);
    if (count < 0 && errno == EAGAIN)
        return;
    if (count <= 0) {
        end(connection);
        return;
    }
    ssize_t sent = send(connection->fd, scratch, (size_t)count, 0);
    if (sent < 0) {
        if (errno != EAGAIN) {
            end(connection);
            return;
        }
        sent = 0;
    }
    if (sent == count)
        return;
    connection->held_from = 0;
    connection->held_to = (size_t)(count - sent);
    connection->held = malloc(connection->held_to);
    if (!connection->held)
        die("out of memory");
    memcpy(connection->held, scratch + sent, connection->held_to);
    watch(connection, EPOLL_CTL_MOD, EPOLLOUT);
}

// MSG_TRUNC on TCP drops the bytes in the kernel without a copy.
static void discard(struct connection *connection)
{
    ssize_t count = recv(connection->fd, NULL, 1 << 30, MSG_TRUNC);
    if (count == 0 || (count < 0 && errno != EAGAIN))
        end(connection);
}

// Sends up to this many bytes. Returns the number accepted, or -1 if the client is gone.
static ssize_t pour(struct connection *connection, uint64_t most)
{
    struct iovec parts[SOURCE_REPEATS];
    size_t count = 0, from = connection->position;
    for (; count < SOURCE_REPEATS && most > 0; count++) {
        size_t length = most < sizeof pattern - from ? most : sizeof pattern - from;
        parts[count] = (struct iovec){ .iov_base = pattern + from, .iov_len = length };
        most -= length;
        from = 0;
    }
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = count };
    ssize_t sent = sendmsg(connection->fd, &message, MSG_NOSIGNAL);
    if (sent >= 0) {
        connection->position = (connection->position + (size_t)sent) % sizeof pattern;
        return sent;
    }
    if (errno == EAGAIN)
        return 0;
    end(connection);
    return -1;
}

static bool take_request(struct connection *connection)
{
    ssize_t count = recv(connection->fd, connection->request + connection->request_got, 8 - connection->request_got, 0);
    if (count < 0 && errno == EAGAIN)
        return false;
    if (count <= 0) {
        end(connection);
        return false;
    }
    connection->request_got += (size_t)count;
    if (connection->request_got < 8)
        return true;
    connection->request_got = 0;
    uint64_t asked;
    memcpy(&asked, connection->request, 8);
    connection->owed += le64toh(asked);
    return true;
}

static void serve(struct connection *connection, uint32_t events)
{
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !take_request(connection))
        return;
    if (connection->owed) {
        ssize_t sent = pour(connection, connection->owed);
        if (sent < 0)
            return;
        connection->owed -= (uint64_t)sent;
    }
    bool blocked = connection->owed > 0;
    if (blocked != connection->blocked)
        watch(connection, EPOLL_CTL_MOD, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
    connection->blocked = blocked;
}

static void check(struct connection *connection)
{
    size_t room = sizeof pattern - connection->position;
    ssize_t count = recv(connection->fd, scratch, room, 0);
    if (count < 0 && errno == EAGAIN)
        return;
    if (count <= 0) {
        end(connection);
        return;
    }
    connection->wrong |= memcmp(scratch, pattern + connection->position, (size_t)count) != 0;
    connection->position = (connection->position + (size_t)count) % sizeof pattern;
    if (connection->position == 0 && send(connection->fd, connection->wrong ? "-" : "+", 1, 0) != 1)
        end(connection);
}

static void on_accept(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
            return;
        die("accept: %s", strerror(errno));
    }
    no_delay(fd);
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        die("out of memory");
    connection->fd = fd;
    if (mode == GREET && send(fd, "+", 1, 0) != 1) {
        end(connection);
        return;
    }
    watch(connection, EPOLL_CTL_ADD, mode == SOURCE ? EPOLLOUT | EPOLLRDHUP : EPOLLIN);
}

static void on_event(struct connection *connection, uint32_t events)
{
    if (connection->fd < 0)
        return;
    switch (mode) {
    case ECHO:
        if (connection->held)
            echo_out(connection);
        else
            echo_in(connection);
        break;
    case SOURCE:
        if (events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP))
            end(connection);
        else
            pour(connection, UINT64_MAX);
        break;
    case SERVE:
        serve(connection, events);
        break;
    case CHECK:
        check(connection);
        break;
    default:
        discard(connection);
        break;
    }
}

int main(int count, char **arguments)
{
    start_program("backend");
    long port = 0;
    for (int i = 1; i < count; i += 2) {
        const char *name = arguments[i], *value = arguments[i + 1];
        if (!value)
            die("%s needs a value", name);
        if (!strcmp(name, "--port"))
            port = parse_number(value, 0, 65535);
        else if (!strcmp(name, "--mode"))
            mode = !strcmp(value, "echo") ? ECHO : !strcmp(value, "sink") ? SINK : !strcmp(value, "source") ? SOURCE
                 : !strcmp(value, "serve") ? SERVE : !strcmp(value, "check") ? CHECK : !strcmp(value, "greet") ? GREET : NONE;
        else
            die("unknown option %s", name);
    }
    if (mode == NONE)
        die("usage: backend --mode echo|sink|source|serve|check|greet [--port P]");

    for (uint32_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (char)(i * 2654435761u >> 24);
    epoll = must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    int listener = listen_on_loopback(port);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event), "epoll_ctl");

    struct epoll_event events[EVENTS_PER_TURN];
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS_PER_TURN, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr)
                on_event(events[i].data.ptr, events[i].events);
            else
                on_accept(listener);
        }
        while (dead) {
            struct connection *next = dead->next;
            free(dead->held);
            free(dead);
            dead = next;
        }
    }
}
