/* Preloaded into a process, it journals what that process does to the files under $LOSSY_ROOT, in order:
 * one record per operation, "<op> <inode> <offset> <length> <path length>\n" followed by the path and the bytes.
 * w write, t truncate, s sync of a file, o created or opened, u unlink, d sync of a folder.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int journal = -1;

/* The path behind a descriptor, if it lies under the root; 0 otherwise. */
static int path_of(int fd, char *path)
{
    char link[64];
    const char *root = getenv("LOSSY_ROOT");
    ssize_t n;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, PATH_MAX - 1);
    if (n < 0 || !root)
        return 0;
    path[n] = 0;
    return strncmp(path, root, strlen(root)) == 0;
}

static void record(char op, unsigned long inode, const char *path, long long offset, const void *data, size_t length)
{
    char head[128];
    int n;
    if (journal < 0)
        journal = NEXT(open)(getenv("LOSSY_JOURNAL"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    n = snprintf(head, sizeof head, "%c %lu %lld %zu %zu\n", op, inode, offset, length, strlen(path));
    if (NEXT(write)(journal, head, n) != n || NEXT(write)(journal, path, strlen(path)) < 0)
        abort();
    if (data && NEXT(write)(journal, data, length) != (ssize_t)length)
        abort();
}

static void record_fd(char op, int fd, long long offset, const void *data, size_t length)
{
    char path[PATH_MAX];
    struct stat info;
    if (path_of(fd, path) && fstat(fd, &info) == 0)
        record(S_ISDIR(info.st_mode) ? 'd' : op, info.st_ino, path, offset, data, length);
}

#define ORDERED(expression, op, offset, data, length)     \
    do {                                                  \
        pthread_mutex_lock(&mutex);                       \
        __typeof__(expression) result = (expression);     \
        if (result >= 0)                                  \
            record_fd(op, fd, offset, data, length);      \
        pthread_mutex_unlock(&mutex);                     \
        return result;                                    \
    } while (0)

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at) { ORDERED(NEXT(pwrite64)(fd, data, n, at), 'w', at, data, result); }
ssize_t pwrite(int fd, const void *data, size_t n, off_t at) { ORDERED(NEXT(pwrite)(fd, data, n, at), 'w', at, data, result); }
ssize_t write(int fd, const void *data, size_t n) { ORDERED(NEXT(write)(fd, data, n), 'w', lseek(fd, 0, SEEK_CUR) - result, data, result); }
int ftruncate64(int fd, off64_t size) { ORDERED(NEXT(ftruncate64)(fd, size), 't', size, NULL, 0); }
int ftruncate(int fd, off_t size) { ORDERED(NEXT(ftruncate)(fd, size), 't', size, NULL, 0); }
int fsync(int fd) { ORDERED(NEXT(fsync)(fd), 's', 0, NULL, 0); }
int fdatasync(int fd) { ORDERED(NEXT(fdatasync)(fd), 's', 0, NULL, 0); }

#define OPENED(call)                                      \
    do {                                                  \
        mode_t mode = 0;                                  \
        va_list more;                                     \
        va_start(more, flags);                            \
        mode = va_arg(more, mode_t);                      \
        va_end(more);                                     \
        pthread_mutex_lock(&mutex);                       \
        int fd = (call);                                  \
        if (fd >= 0 && (flags & O_CREAT))                 \
            record_fd('o', fd, 0, NULL, 0);               \
        pthread_mutex_unlock(&mutex);                     \
        return fd;                                        \
    } while (0)

int open64(const char *path, int flags, ...) { OPENED(NEXT(open64)(path, flags, mode)); }
int open(const char *path, int flags, ...) { OPENED(NEXT(open)(path, flags, mode)); }

int unlink(const char *path)
{
    struct stat info;
    int known = stat(path, &info) == 0;
    const char *root = getenv("LOSSY_ROOT");
    pthread_mutex_lock(&mutex);
    int result = NEXT(unlink)(path);
    if (result == 0 && known && root && strncmp(path, root, strlen(root)) == 0)
        record('u', info.st_ino, path, 0, NULL, 0);
    pthread_mutex_unlock(&mutex);
    return result;
}
