# Makes simulated counts of three drugs over three batches, 60 samples, and DESeq2's answers.
#
# Run with: Rscript make_batches.R (made with R 4.2.2 and DESeq2 1.38.3).
suppressMessages(library(DESeq2))
options(digits = 12)
set.seed(60)

write_table <- function(table, name) {
  write.csv(as.data.frame(table), gzfile(paste0("batches.", name, ".csv.gz"), compression = 9),
            quote = FALSE)
}

genes <- 1500
samples <- data.frame(drug = factor(rep(c("a", "b", "c"), 20)),
                      batch = factor(rep(rep(c("x", "y", "z"), each = 3), length.out = 60)),
                      row.names = paste0("s", 1:60))
base <- exp(runif(genes, log(0.3), log(4000)))
effect <- matrix(rnorm(genes * 3) * (runif(genes * 3) < 0.2), genes)
effect[, 1] <- 0
shift <- matrix(rnorm(genes * 3, 0, 0.15), genes)
depth <- exp(rnorm(60, 0, 0.3))
mean <- base * exp(effect[, as.integer(samples$drug)] + shift[, as.integer(samples$batch)]) *
  rep(depth, each = genes)
counts <- matrix(rnbinom(length(mean), mu = mean,
                         size = 1 / ((0.05 + 2 / base) * exp(rnorm(genes, 0, 0.5)))), genes)
for (gene in 1:15) counts[gene, gene] <- counts[gene, gene] * 40 + 500
counts[16:20, samples$drug == "b"] <- 0
dimnames(counts) <- list(paste0("g", seq_len(genes)), rownames(samples))
write_table(counts, "counts")
write.csv(samples, "batches.samples.csv", quote = FALSE)
dds <- DESeq(DESeqDataSetFromMatrix(counts, samples, ~batch + drug), quiet = TRUE)
for (pair in list(c("b", "a"), c("c", "b"))) {
  write_table(signif(as.data.frame(results(dds, contrast = c("drug", pair), alpha = 0.05)), 12),
              paste0(pair, collapse = ""))
}
