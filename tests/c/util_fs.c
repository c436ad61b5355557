#define _GNU_SOURCE 1
/* File systems: posix, packed, whole files, listings. Works in a new directory below the current one. */
#include "check.h"
#include "mongoose.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const unsigned char v1[] = {'h', 'e', 'l', 'l', 'o', 0}, v2[] = {0};
const struct mg_mem_file mg_packed_files[] = {
    {"/web/a.txt", v1, sizeof(v1) - 1, 1234567890},
    {"/web/dir/b.txt", v2, sizeof(v2) - 1, 2},
    {"/web/dir/c.txt", v2, sizeof(v2) - 1, 3},
    {NULL, NULL, 0, 0},
};

static char names[256];

static void add(const char *name, void *arg) {
  (void) arg;
  (void) mg_snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s,", name);
}

static const char *packed_ls(const char *path) {
  names[0] = '\0';
  mg_fs_packed.ls(path, add, NULL);
  return names;
}

static void test_packed(void) {
  size_t size = 0;
  time_t mtime = 0;
  struct mg_str s;
  char buf[8] = "";
  struct mg_fd *fd;
  CHECK(mg_mem_files == NULL && mg_fs_packed.st("/web/a.txt", NULL, NULL) == 0);
  mg_mem_files = mg_packed_files;
  CHECK(mg_fs_packed.st("/web/a.txt", &size, &mtime) == MG_FS_READ && size == 5 && mtime == 1234567890);
  CHECK(mg_fs_packed.st("/web", NULL, NULL) == MG_FS_DIR && mg_fs_packed.st("/web/", NULL, NULL) == MG_FS_DIR);
  CHECK(mg_fs_packed.st("", NULL, NULL) == MG_FS_DIR && mg_fs_packed.st("/we", NULL, NULL) == 0);
  CHECK(strcmp(packed_ls("/web"), "a.txt,dir,") == 0 && strcmp(packed_ls("/web/"), "a.txt,dir,") == 0);
  CHECK(strcmp(packed_ls("/"), "web,") == 0 && strcmp(packed_ls(""), "web,") == 0);
  CHECK(strcmp(packed_ls("/web/dir"), "b.txt,c.txt,") == 0 && strcmp(packed_ls("/no"), "") == 0);
  s = mg_unpacked("/web/a.txt");
  CHECK(s.buf == (const char *) v1 && s.len == 5 && mg_unpacked("/a.txt").buf == NULL);
  CHECK(mg_fs_open(&mg_fs_packed, "/web/a.txt", MG_FS_WRITE) == NULL);
  CHECK(mg_fs_open(&mg_fs_packed, "/web", MG_FS_READ) == NULL);
  fd = mg_fs_open(&mg_fs_packed, "/web/a.txt", MG_FS_READ);
  CHECK(fd != NULL);
  if (fd != NULL) {
    CHECK(fd->fs == &mg_fs_packed && mg_fs_packed.rd(fd->fd, buf, 2) == 2 && memcmp(buf, "he", 2) == 0);
    CHECK(mg_fs_packed.rd(fd->fd, buf, 7) == 3 && memcmp(buf, "llo", 3) == 0 && mg_fs_packed.rd(fd->fd, buf, 7) == 0);
    CHECK(mg_fs_packed.sk(fd->fd, 1) == 1 && mg_fs_packed.sk(fd->fd, 9) == 5 && mg_fs_packed.wr(fd->fd, "x", 1) == 0);
    mg_fs_close(fd);
  }
  CHECK(!mg_fs_packed.mv("/web/a.txt", "/x") && !mg_fs_packed.rm("/web/a.txt") && !mg_fs_packed.mkd("/y"));
  s = mg_file_read(&mg_fs_packed, "/web/a.txt");
  CHECK(s.len == 5 && s.buf != NULL && strcmp(s.buf, "hello") == 0);
  mg_free(s.buf);
}

static size_t entries(const char *dir, size_t room) {
  char name[300] = "";
  size_t n = 0;
  while (n < 20 && mg_fs_ls(&mg_fs_posix, dir, name, room)) n++;
  CHECK(name[0] == '\0');
  return n;
}

static void test_whole_files(void) {
  struct mg_str s;
  struct stat st;
  CHECK(mg_file_printf(&mg_fs_posix, "f.txt", "%s-%d", "abc", 7));
  s = mg_file_read(&mg_fs_posix, "f.txt");
  CHECK(s.len == 5 && s.buf != NULL && strcmp(s.buf, "abc-7") == 0);
  mg_free(s.buf);
  CHECK(entries(".", 300) == 1);
  CHECK(chmod("f.txt", 0600) == 0 && mg_file_write(&mg_fs_posix, "f.txt", "x", 1));
  CHECK(stat("f.txt", &st) == 0 && (st.st_mode & 0777) == 0600 && st.st_size == 1);
  CHECK(mg_file_printf(&mg_fs_posix, "f.txt", "%s", "") && mg_file_write(&mg_fs_posix, "g.txt", NULL, 0));
  s = mg_file_read(&mg_fs_posix, "f.txt");
  CHECK(s.len == 0 && s.buf != NULL);
  mg_free(s.buf);
  CHECK(mg_file_read(&mg_fs_posix, "missing").buf == NULL && mg_file_read(&mg_fs_posix, ".").buf == NULL);
  CHECK(!mg_file_write(&mg_fs_posix, "no/such/dir/f", "x", 1) && !mg_file_write(&mg_fs_packed, "/x", "x", 1));
  CHECK(mg_fs_posix.rm("f.txt") && mg_fs_posix.rm("g.txt") && !mg_fs_posix.rm("g.txt") && entries(".", 300) == 0);
}

static void test_posix(void) {
  size_t size = 9;
  time_t mtime = 0;
  char buf[16];
  struct mg_fd *fd;
  CHECK(mg_fs_posix.st("a", &size, &mtime) == 0);
  CHECK(mg_fs_posix.mkd("a") && mg_fs_posix.st("a", NULL, NULL) == 7 && !mg_fs_posix.mkd("a"));
  CHECK(mg_fs_open(&mg_fs_posix, "a/f", MG_FS_READ) == NULL);
  fd = mg_fs_open(&mg_fs_posix, "a/f", MG_FS_WRITE | MG_FS_EXCL);
  CHECK(fd != NULL && mg_fs_posix.wr(fd->fd, "hello", 5) == 5);
  mg_fs_close(fd);
  CHECK(mg_fs_open(&mg_fs_posix, "a/f", MG_FS_WRITE | MG_FS_EXCL) == NULL);
  CHECK(mg_fs_posix.st("a/f", &size, &mtime) == 3 && size == 5 && mtime > 1000000000);
  fd = mg_fs_open(&mg_fs_posix, "a/f", MG_FS_WRITE);
  CHECK(fd != NULL && mg_fs_posix.sk(fd->fd, 1) == 1 && mg_fs_posix.wr(fd->fd, "!", 1) == 1);
  CHECK(fd != NULL && mg_fs_posix.sk(fd->fd, 0) == 0 && mg_fs_posix.rd(fd->fd, buf, sizeof(buf)) == 6);
  CHECK(memcmp(buf, "hello!", 6) == 0);
  mg_fs_close(fd);
  mg_fs_close(NULL);
  CHECK(mg_fs_posix.mv("a/f", "g") && mg_fs_posix.rm("a") && mg_fs_posix.rm("g"));
}

static void test_listing(void) {
  char path[64], name[8] = "";
  int i;
  for (i = 0; i < 3; i++) {
    (void) mg_snprintf(path, sizeof(path), "a_name_longer_than_the_buffer_%d", i);
    CHECK(mg_file_write(&mg_fs_posix, path, "x", 1));
  }
  CHECK(entries(".", 300) == 3);
  /* Names that are equal once cut: the walk ends. */
  CHECK(entries(".", 8) == 1);
  CHECK(!mg_fs_ls(&mg_fs_posix, ".", name, 0));
  memcpy(name, "gone", 5);
  CHECK(!mg_fs_ls(&mg_fs_posix, ".", name, sizeof(name)) && name[0] == '\0');
  CHECK(!mg_fs_ls(&mg_fs_posix, "missing", name, sizeof(name)));
  for (i = 0; i < 3; i++) {
    (void) mg_snprintf(path, sizeof(path), "a_name_longer_than_the_buffer_%d", i);
    CHECK(mg_fs_posix.rm(path));
  }
}

int main(void) {
  char dir[] = "util_fs_XXXXXX";
  CHECK(sizeof(struct mg_fs) == 80 && sizeof(struct mg_mem_file) == 32 && sizeof(struct mg_fd) == 16);
  test_packed();
  if (mkdtemp(dir) == NULL || chdir(dir) != 0) return 1;
  test_whole_files();
  test_posix();
  test_listing();
  if (chdir("..") != 0 || rmdir(dir) != 0) return 1;
  return done();
}
