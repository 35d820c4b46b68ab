// Judges a log folder with golang.org/x/mod/sumdb (note, tlog), which nobody here wrote.
//
// Usage: keptcheck FOLDER. The folder holds checkpoint, tile/, vkey and proof.json; the verdict is one JSON object.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Index, Old           int64
	Leaf, OldRoot        string
	Inclusion, Extension []string
}

type verdict struct {
	Note, Inclusion, Extension, Root string // empty when accepted, else the error
	SameInclusion, SameExtension     bool   // whether Go, reading our tiles, makes the same proofs
}

// tiles serves tlog's reader from files named as C2SP tlog-tiles names them: without the height.
type tiles struct{ folder string }

func (tiles) Height() int                     { return 8 }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		content, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			return nil, err
		}
		found = append(found, content)
	}
	return found, nil
}

func hash(text string) (found tlog.Hash) {
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(content) != len(found) {
		return
	}
	copy(found[:], content)
	return
}

func hashes(texts []string) (found []tlog.Hash) {
	for _, text := range texts {
		found = append(found, hash(text))
	}
	return
}

func said(err error) string {
	if err != nil {
		return err.Error()
	}
	return ""
}

func same(left, right []tlog.Hash) bool {
	if len(left) != len(right) {
		return false
	}
	for i := range left {
		if left[i] != right[i] {
			return false
		}
	}
	return true
}

func read(path string) []byte {
	content, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return content
}

func main() {
	folder := os.Args[1]
	verifier, err := note.NewVerifier(string(read(filepath.Join(folder, "vkey"))))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	var asked question
	if err := json.Unmarshal(read(filepath.Join(folder, "proof.json")), &asked); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	var judged verdict
	opened, err := note.Open(read(filepath.Join(folder, "checkpoint")), note.VerifierList(verifier))
	judged.Note = said(err)
	if opened != nil {
		lines := strings.Split(opened.Text, "\n")
		size, _ := strconv.ParseInt(lines[1], 10, 64)
		root := hash(lines[2])
		inclusion, extension := hashes(asked.Inclusion), hashes(asked.Extension)
		judged.Inclusion = said(tlog.CheckRecord(inclusion, size, root, asked.Index, hash(asked.Leaf)))
		judged.Extension = said(tlog.CheckTree(extension, size, root, asked.Old, hash(asked.OldRoot)))
		reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tiles{folder})
		made, err := tlog.ProveRecord(size, asked.Index, reader)
		judged.Root = said(err)
		judged.SameInclusion = same(made, inclusion)
		grown, err := tlog.ProveTree(size, asked.Old, reader)
		if err != nil {
			judged.Root = err.Error()
		}
		judged.SameExtension = same(grown, extension)
	}
	out, _ := json.Marshal(judged)
	fmt.Println(string(out))
}
