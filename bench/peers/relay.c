// The lower bound for a gateway: the smallest honest TCP relay on epoll, one thread, level-triggered.
//
//     relay --listen PORT --backend HOST:PORT [--buffer N] [--splice]
//
// It dials its only backend at accept and has no handshake. It reads every readable socket a few times at most into one shared scratch
// buffer and writes the bytes to the other side at once. It keeps only the bytes that the other side does not accept, and stops reading
// until they are written. End of stream is passed on as end of stream, a reset as a reset. With --splice the bytes go through a pipe,
// which is taken from a pool while bytes are in flight.
#define _GNU_SOURCE
#include "net.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/epoll.h>

enum {
    EVENTS_PER_TURN = 256,
    READS_PER_EVENT = 4,       // so that a busy connection cannot starve the others
    SPLICE_BYTES = 1 << 20,    // requested at once; the pipe's slots limit the real number
};

struct side {
    struct side *other;
    struct pair *pair;
    int fd;
    uint32_t armed;            // events that epoll watches; 0 = not in its set
    bool connecting;
    bool ended;                // its end of stream has been read
    bool finished;             // our end of stream has been sent to it
    char *held;                // bytes that this side does not accept yet: in memory …
    int pipe[2];               // … or in a pipe
    size_t held_from, held_to;
};

struct pair {
    struct side client, backend;
    struct pair *next;         // in the list of dead ones until the end of the turn, since the batch may hold its events
    bool dead;
};

static int epoll;
static char *scratch;
static size_t scratch_size = 65536;    // 16 KiB costs twice the processor time per byte, 256 KiB saves a quarter more
static bool splicing;
static struct sockaddr_in backend_address;
static struct pair *dead;

// ---- epoll set ----------------------------------------------------------------------------------------------------

static void watch(struct side *side, uint32_t events)
{
    if (side->armed == events)
        return;
    struct epoll_event event = { .events = events, .data.ptr = side };
    int verb = !side->armed ? EPOLL_CTL_ADD : events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;
    must(epoll_ctl(epoll, verb, side->fd, &event), "epoll_ctl");
    side->armed = events;
}

// ---- pipes --------------------------------------------------------------------------------------------------------

static int (*idle_pipes)[2];
static size_t idle_pipe_count, idle_pipe_room;

static void take_pipe(int pipe[2])
{
    if (idle_pipe_count) {
        memcpy(pipe, idle_pipes[--idle_pipe_count], sizeof(int[2]));
        return;
    }
    must(pipe2(pipe, O_NONBLOCK | O_CLOEXEC), "pipe2");
}

static void return_pipe(int pipe[2])
{
    if (idle_pipe_count == idle_pipe_room) {
        idle_pipe_room = idle_pipe_room ? idle_pipe_room * 2 : 64;
        idle_pipes = realloc(idle_pipes, idle_pipe_room * sizeof *idle_pipes);
        if (!idle_pipes)
            die("out of memory");
    }
    memcpy(idle_pipes[idle_pipe_count++], pipe, sizeof(int[2]));
    pipe[0] = pipe[1] = -1;
}

// ---- the end of a pair --------------------------------------------------------------------------------------------

static void close_side(struct side *side)
{
    if (side->fd < 0)
        return;
    close(side->fd);           // also leaves the epoll set
    side->fd = -1;
    side->armed = 0;
}

static void bury(struct pair *pair)
{
    if (pair->dead)
        return;
    pair->dead = true;
    struct side *sides[] = { &pair->client, &pair->backend };
    for (int i = 0; i < 2; i++) {
        close_side(sides[i]);
        free(sides[i]->held);
        if (sides[i]->pipe[0] >= 0) {
            close(sides[i]->pipe[0]);   // it holds bytes, so it must not return to the pool
            close(sides[i]->pipe[1]);
        }
    }
    pair->next = dead;
    dead = pair;
}

static void reset(struct pair *pair)
{
    struct linger now = { .l_onoff = 1, .l_linger = 0 };
    setsockopt(pair->client.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    setsockopt(pair->backend.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    bury(pair);
}

// A side is closed when both directions have ended. The pair ends with its second side.
static void close_if_done(struct side *side)
{
    if (side->ended && side->finished)
        close_side(side);
    if (side->fd < 0 && side->other->fd < 0)
        bury(side->pair);
}

static void finish(struct side *side)
{
    if (side->held_to || side->connecting) {
        watch(side, side->armed | EPOLLOUT);   // flush() calls this again
        return;
    }
    side->finished = true;
    shutdown(side->fd, SHUT_WR);
    close_if_done(side);
    close_if_done(side->other);
}

// ---- moving bytes -------------------------------------------------------------------------------------------------

// Both functions return the number of bytes accepted, or -1 if the side is gone.
static ssize_t send_some(struct side *to, const char *bytes, size_t count)
{
    ssize_t sent = send(to->fd, bytes, count, MSG_NOSIGNAL);
    if (sent >= 0)
        return sent;
    return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

static ssize_t drain_pipe(struct side *to, size_t count)
{
    size_t moved = 0;
    while (moved < count) {
        ssize_t n = splice(to->pipe[0], NULL, to->fd, NULL, count - moved, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0)
            return -1;
        moved += (size_t)n;
    }
    return (ssize_t)moved;
}

static void pause_reading(struct side *from, struct side *to)
{
    watch(from, from->armed & ~(uint32_t)EPOLLIN);
    watch(to, to->armed | EPOLLOUT);
}

// Handles the result of a read. Returns true if it brought no bytes: the end of the stream, an error, or nothing to read.
static bool nothing_read(struct side *from, ssize_t count)
{
    if (count > 0) {
        from->connecting = false;
        return false;
    }
    if (count == 0) {
        from->ended = true;
        watch(from, from->armed & ~(uint32_t)EPOLLIN);
        finish(from->other);
    } else if (errno != EAGAIN && errno != EINTR) {
        reset(from->pair);
    }
    return true;
}

static void pull_by_copy(struct side *from)
{
    struct side *to = from->other;
    for (int i = 0; i < READS_PER_EVENT; i++) {
        ssize_t count = recv(from->fd, scratch, scratch_size, 0);
        if (nothing_read(from, count))
            return;
        ssize_t sent = send_some(to, scratch, (size_t)count);
        if (sent < 0) {
            reset(from->pair);
            return;
        }
        if (sent < count) {
            to->held_from = 0;
            to->held_to = (size_t)(count - sent);
            to->held = malloc(to->held_to);
            if (!to->held)
                die("out of memory");
            memcpy(to->held, scratch + sent, to->held_to);
            pause_reading(from, to);
            return;
        }
        if ((size_t)count < scratch_size)
            return;            // probably empty; if not, level-triggered epoll reports it again
    }
}

static void pull_by_splice(struct side *from)
{
    struct side *to = from->other;
    take_pipe(to->pipe);
    ssize_t count = splice(from->fd, NULL, to->pipe[1], NULL, SPLICE_BYTES, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (count <= 0) {
        int error = errno;
        return_pipe(to->pipe);
        errno = error;
    }
    if (nothing_read(from, count))
        return;
    ssize_t sent = drain_pipe(to, (size_t)count);
    if (sent < 0) {
        reset(from->pair);
    } else if (sent < count) {
        to->held_from = 0;
        to->held_to = (size_t)(count - sent);
        pause_reading(from, to);
    } else {
        return_pipe(to->pipe);
    }
}

static void flush(struct side *side)
{
    side->connecting = false;
    if (side->held_to) {
        size_t count = side->held_to - side->held_from;
        ssize_t sent = splicing ? drain_pipe(side, count) : send_some(side, side->held + side->held_from, count);
        if (sent < 0) {
            reset(side->pair);
            return;
        }
        side->held_from += (size_t)sent;
        if (side->held_from < side->held_to)
            return;
        side->held_from = side->held_to = 0;
        if (splicing) {
            return_pipe(side->pipe);
        } else {
            free(side->held);
            side->held = NULL;
        }
    }
    watch(side, side->armed & ~(uint32_t)EPOLLOUT);
    if (side->other->ended)
        finish(side);
    else
        watch(side->other, side->other->armed | EPOLLIN);
}

// ---- events -------------------------------------------------------------------------------------------------------

static void on_event(struct side *side, uint32_t events)
{
    if (side->pair->dead || side->fd < 0)
        return;
    if (events & EPOLLERR) {
        reset(side->pair);
        return;
    }
    if ((events & EPOLLOUT) && (side->armed & EPOLLOUT))
        flush(side);
    if ((events & (EPOLLIN | EPOLLHUP)) && (side->armed & EPOLLIN)) {
        if (splicing)
            pull_by_splice(side);
        else
            pull_by_copy(side);
    }
}

// Accepts one client per turn, so that other sockets get their turn and no accept() is wasted on an empty queue.
static void on_accept(int listener)
{
    int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) {
        if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
            return;
        die("accept: %s", strerror(errno));
    }
    int backend = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
    no_delay(client);
    no_delay(backend);
    bool connecting = connect(backend, (struct sockaddr *)&backend_address, sizeof backend_address) < 0;
    if (connecting && errno != EINPROGRESS) {
        fprintf(stderr, "relay: connect: %s\n", strerror(errno));
        close(client);
        close(backend);
        return;
    }

    struct pair *pair = calloc(1, sizeof *pair);
    if (!pair)
        die("out of memory");
    pair->client = (struct side){ .other = &pair->backend, .pair = pair, .fd = client, .pipe = { -1, -1 } };
    pair->backend = (struct side){ .other = &pair->client, .pair = pair, .fd = backend, .pipe = { -1, -1 }, .connecting = connecting };
    // No event for "connected" is needed: a write that is too early is held like any other.
    watch(&pair->client, EPOLLIN);
    watch(&pair->backend, EPOLLIN);
}

static void free_the_dead(void)
{
    while (dead) {
        struct pair *next = dead->next;
        free(dead);
        dead = next;
    }
}

int main(int count, char **arguments)
{
    start_program("relay");
    long port = -1;
    for (int i = 1; i < count; i++) {
        const char *name = arguments[i];
        if (!strcmp(name, "--splice")) {
            splicing = true;
            continue;
        }
        if (++i == count)
            die("%s needs a value", name);
        if (!strcmp(name, "--listen"))
            port = parse_number(arguments[i], 0, 65535);
        else if (!strcmp(name, "--backend"))
            backend_address = parse_address(arguments[i]);
        else if (!strcmp(name, "--buffer"))
            scratch_size = (size_t)parse_number(arguments[i], 1, 1 << 26);
        else
            die("unknown option %s", name);
    }
    if (port < 0 || !backend_address.sin_port)
        die("usage: relay --listen PORT --backend HOST:PORT [--buffer N] [--splice]");

    scratch = malloc(scratch_size);
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
        free_the_dead();
    }
}
