// The lower bound for rejecting clients: accepts every client and closes it. One thread on epoll.
//
//     closer --listen PORT
#define _GNU_SOURCE
#include "net.h"

#include <sys/epoll.h>

int main(int count, char **arguments)
{
    start_program("closer");
    if (count != 3 || strcmp(arguments[1], "--listen"))
        die("usage: closer --listen PORT");
    int epoll = must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    int listener = listen_on_loopback(parse_number(arguments[2], 0, 65535));
    struct epoll_event event = { .events = EPOLLIN };
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event), "epoll_ctl");
    for (;;) {
        must(epoll_wait(epoll, &event, 1, -1), "epoll_wait");
        for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;)
            close(fd);
    }
}
